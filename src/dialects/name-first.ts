import { once } from '../model/once.js';
import type { Form } from '../model/pattern.js';
import { template } from '../model/template.js';

/** Behind a colon, a quote or the end of another message's shape; tried there alone, the search is linear. */
const NAME_BEGINS = String.raw`(?<![^\s:'")\]])`;

/**
 * A message that begins with the parameter's name, so that nothing marks its start but a blank. Where a console wrapped it, blanks are gone:
 * there the name begins behind the last colon or quote (`AssertionError: `). `opens`: the first of the words; without, no lines are joined.
 */
export function nameFirst(words: string, opens?: string): Form {
  const whole = template(`{parameter} ${words}`);
  const tail = template(words);
  const expression = once(() => new RegExp(`(?<!\\S)${whole.expression.source}`));
  const squeezed = once(() => new RegExp(`${NAME_BEGINS}(?<parameter>[^\\s:'"]{1,512}?)${tail.squeezed?.source}`));
  return {
    get expression() {
      return expression();
    },
    get squeezed() {
      return squeezed();
    },
    get words() {
      return whole.words ?? [];
    },
    ...(opens === undefined ? {} : { opens }),
  };
}
