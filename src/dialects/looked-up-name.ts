import type { Form } from '../model/pattern.js';

/** IPython shows numbered lines behind the one that runs, and a blank one; Python marks the place with carets. */
const BETWEEN = /^\s*(?:\d{1,6} [^\n]*|\d{1,6}|[\^~]+\s*)?$/;
const KEY_ERROR = /^(?:\S*: )?KeyError: ["']/;

/**
 * A loader that looks each name up in a dict and has no message of its own: the source line of the failing frame says which dict it was, the
 * KeyError right below which name. A KeyError alone may be anything.
 */
export function lookedUpName(code: string): Form {
  const line = code.replace(/[[\].]/g, '\\$&').replace('NAME', '\\w+');
  const between = String.raw`[ \t]{0,80}(?:\n[ \t]{0,80}(?:\d[^\n]{0,400}|[\^~][\^~ ]{0,400})?){0,5}\n[ \t]{0,80}`;
  return {
    expression: new RegExp(String.raw`${line}${between}KeyError: (?<keys>'[^'\s]{1,1024}'|"[^"\s]{1,1024}")`),
    opens: code.split('NAME')[0],
    maxLines: 8,
    continues: (text) => BETWEEN.test(text) || KEY_ERROR.test(text),
  };
}
