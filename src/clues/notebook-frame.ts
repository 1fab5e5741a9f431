import { readCount } from '../model/pattern.js';

/** A frame as IPython prints it; `line` is 0 where only the arrow below tells it. */
export interface NotebookFrame {
  readonly file: string;
  readonly line: number;
  readonly function: string;
}

/** IPython 8 and later, core/ultratb.py: `File /a/module.py:2643, in Module.load_state_dict(self, state_dict)`. */
const FILE = /^File (?<file>(?:[A-Za-z]:)?[^\s:][^:\n]{0,1024}?):(?<line>\d+)(?:, in (?<function>[\w.<>]{1,200})|$)/;
/** `Cell In[2], line 3`, `Cell In[2], line 3, in build(n)`; until 8.6 `Input In [2], in <cell line: 3>()` and `Input In [2], in build(n)`. */
const CELL =
  /^(?<file>(?:Cell|Input) In ?\[\d{1,9}\])(?:, line (?<line>\d+))?(?:, in (?:<cell line: (?<cellLine>\d+)>|(?<function>[\w.<>]{1,200})))?(?:\(|$)/;
/** IPython 7, which Colab runs: `<ipython-input-2-c4fa9aa1c92c> in <module>`, `/a/module.py in load_state_dict(self, state_dict)`. */
const OLD =
  /^(?<file><ipython-input-\d{1,9}-[0-9a-f]{1,40}>|(?:\/|~\/|[A-Za-z]:\\)[^\n]{1,1024}?\.py) in (?:<cell line: \d+>|(?<function>[\w.<>]{1,200}))(?:\(|$)/;

export function readNotebookFrame(text: string): NotebookFrame | undefined {
  const match = mayBe(text) ? (FILE.exec(text) ?? CELL.exec(text) ?? OLD.exec(text)) : null;
  const { file, line, cellLine, function: name } = match?.groups ?? {};
  return file === undefined ? undefined : { file, line: readCount(line ?? cellLine ?? '0'), function: name ?? '<module>' };
}

const BEGINNINGS = ['File ', 'Cell In', 'Input In', '<ipython-input-', '/', '~/'];

function mayBe(text: string): boolean {
  return BEGINNINGS.some((beginning) => text.startsWith(beginning)) || text.startsWith(':\\', 1);
}

/** `RuntimeError                              Traceback (most recent call last)`. */
export const NOTEBOOK_LITERAL = '  Traceback (most recent call last)';
/** So many lines behind it are searched for frames: the scanner brings no more of a large log. */
export const NOTEBOOK_LINES = 80;

const ARROW = /^-{1,12}> (?<line>\d{1,9}) ?(?<code>[^\n]*)/;

/** The line of a frame that runs, among those around it. */
export function readArrow(text: string): { readonly line: number; readonly code: string } | undefined {
  const { line, code } = (text.startsWith('-') ? ARROW.exec(text) : null)?.groups ?? {};
  return line === undefined ? undefined : { line: readCount(line), code: code ?? '' };
}
