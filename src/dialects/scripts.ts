import type { Statement } from '../model/finding.js';
import { type Fields, parseKeys } from '../model/pattern.js';
import { type Dialect, type MessagePattern, message } from './dialect.js';

type Kind = 'missing-keys' | 'unexpected-keys';

/** Words in front belong to the messages of libraries, which other dialects read. */
const NOT_BEHIND = String.raw`(?<![\w.(\t"']|\], |(?:RuntimeError:|with|is|did not succeed,) )`;
/** Names without brackets hold the words themselves nowhere: a line of nothing but beginnings takes no more than one look. */
const list = (words: string): string =>
  String.raw` {0,4}(?:\((?<count>\d{1,9})\))? {0,4}[:=]? {0,8}(?:\[(?<list>[^\]\n]*)(?<end>\])?|(?<plain>(?:(?!${words})[\w.])+(?:, {0,4}(?:(?!${words})[\w.])+)*)\s*$)`;

/**
 * What training scripts print of the two lists that `load_state_dict(strict=False)` returns, each in its own words: `print("missing_keys: ", keys)`
 * (Swin, MAE and their forks), f-strings such as `f"{missing_keys=}"`, a count in brackets. Known to be missed: lists broken over several lines.
 */
export const scripts: Dialect = {
  name: 'scripts',
  library: 'Scripts that print the lists of missing and unexpected keys themselves',
  severity: 'warning',
  patterns: [
    printed('missing-underscored', 'missing_keys', 'missing-keys', [
      ["missing_keys:  ['stem.conv.weight', 'stem.conv.bias']", ['stem.conv.weight', 'stem.conv.bias']],
    ]),
    printed('missing-small', 'missing keys', 'missing-keys', [
      ["INFO: missing keys: ['neck.0.weight', 'cls_token']", ['neck.0.weight', 'cls_token']],
    ]),
    printed('missing', 'Missing keys', 'missing-keys', [['Missing keys: neck.0.weight, neck.0.bias', ['neck.0.weight', 'neck.0.bias']]]),
    printed('missing-capitals', 'Missing Keys', 'missing-keys', [
      ["Missing Keys (1): ['blocks.0.mlp.fc1.bias']", ['blocks.0.mlp.fc1.bias']],
    ]),
    printed('unexpected-underscored', 'unexpected_keys', 'unexpected-keys', [["unexpected_keys=['head.fc.bias']", ['head.fc.bias']]]),
    printed('unexpected-small', 'unexpected keys', 'unexpected-keys', [["unexpected keys ['head.fc.bias']", ['head.fc.bias']]]),
    printed('unexpected', 'Unexpected keys', 'unexpected-keys', [["Unexpected keys: ['head.fc.bias']", ['head.fc.bias']]]),
    printed('unexpected-capitals', 'Unexpected Keys', 'unexpected-keys', [["Unexpected Keys (1) ['head.fc.bias']", ['head.fc.bias']]]),
  ],
};

function printed(name: string, words: string, kind: Kind, samples: readonly (readonly [string, readonly string[]])[]): MessagePattern {
  return message(
    name,
    words,
    { expression: new RegExp(NOT_BEHIND + words + list(words)) },
    (fields) => read(kind, fields),
    samples.map(([text, keys]) => ({ text, states: [{ kind, keys }] })),
  );
}

/** The words alone are ordinary ones: names of parameters have to stand behind them, and nothing else. */
function read(kind: Kind, fields: Fields): readonly Statement[] {
  const list = fields.optional('list');
  const keys = list === undefined ? parseKeys(fields.text('plain')) : parseKeys(wholeNames(list));
  if (keys.length === 0 || !keys.every(isName) || !keys.some(isParameterName)) return [];
  const count = fields.optional('count');
  const isCut = (list !== undefined && fields.optional('end') === undefined) || (count !== undefined && Number(count) !== keys.length);
  return [{ kind, keys }, ...(isCut ? [{ kind: 'incomplete', reason: 'cut' } as const] : [])];
}

/** Without the last name where its quote was not closed. */
function wholeNames(list: string): string {
  const quote = /['"]/.exec(list)?.[0];
  return quote !== undefined && list.split(quote).length % 2 === 0 ? list.slice(0, list.lastIndexOf(quote)) : list;
}

function isName(key: string): boolean {
  return /^[\w.-]+$/.test(key) && /[A-Za-z]/.test(key);
}

function isParameterName(key: string): boolean {
  return /\.(weight|bias|gamma|beta|running_mean|running_var|num_batches_tracked|kernel|scale|attn_mask|\w*(embed|token|index|freq)s?)$|\.\d+\./.test(
    key,
  );
}
