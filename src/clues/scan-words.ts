/** Words for the scanner to look for, with the characters that may stand beside them where they are short. */
export interface ScanWord {
  readonly text: string;
  readonly previous?: string;
  readonly next?: string;
}

/**
 * The beginning of each source is read whole. What trainers print at every step is looked for nowhere else: all that it tells is that they
 * train, and a search that stops at every line is none.
 */
export const HEAD_LINES = 500;

const DIGITS = '0123456789';
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** What may stand in front of a line's first word: a prefix's end, colour, an escaped line feed or tab, quotes of a record. */
const BEGINNING = '\n\r\t :>]|m"\'`ntr(-*+$#%!=;&{,[\\';
/** What may stand behind an option's name: `=`, `:`, blanks, quotes and what escapes them, colour, the end of the line. */
const BEHIND_NAME = ' \t=:"\'\\\n\r\u001b';
/** What may stand behind a program's name. */
const BEHIND_COMMAND = ' \t\n\r"\'.,:;/\\=)]-_`\u001b';

/**
 * Clues whose literal is short, or stands in every other line of a log. The scanner looks for these words in its place: one of them is
 * certain to stand on each line from which the clue is read. With none, the clue is read at the beginning only. Seven bytes cost nothing,
 * six little, five more.
 */
const WORDS: Readonly<Record<string, readonly (string | ScanWord)[]>> = {
  "{'loss': ": [],
  'Epoch: [': [],
  'bash ': [],
  'resumed epoch': [],
  'torch: ': [],
  'mmengine: ': [],
  wbits: [],
  'torch==': numbered('rch=='),
  'mmengine==': numbered('ine=='),
  ' torch-': numbered('rch-'),
  'PyTorch: ': [{ text: 'PyTor', previous: BEGINNING, next: 'c' }],
  'MMEngine: ': [{ text: 'MMEng', previous: BEGINNING, next: 'i' }],
  torchrun: [{ text: 'rchrun', next: BEHIND_COMMAND }],
  use_lora: [{ text: '_lora', previous: 'e', next: BEHIND_NAME }],
  'strict=': [
    { text: 'rict=F', next: 'a' },
    { text: 'rict=T', next: 'r' },
  ],
  axolotl: ['axolotl/', 'axolotl.'],
  strategy: [
    'strategy=fsdp',
    'strategy="fsdp',
    "strategy='fsdp",
    'strategy: fsdp',
    'strategy: "fsdp',
    'strategy fsdp',
    'strategy": "fsdp',
    "strategy': 'fsdp",
  ],
  'srun ': [{ text: 'srun -', next: `${LETTERS}-` }, 'srun python'],
  srun: ['srun: error', 'srun: job', 'srun: launch', 'srun: Job', { text: 'srun -', next: `${LETTERS}-` }, 'srun python'],
  mpirun: ['mpirun -', 'mpirun detected', 'mpirun noticed', 'mpirun has'],
  zero3_: ['zero3_init_flag', 'zero3_save_16bit'],
  FSDP: ['distributed_type', 'Distributed environment', 'FSDP_SHARDING', 'ACCELERATE_USE_FSDP'],
  fsdp_: ['fsdp_sharding', 'fsdp_use_orig', 'fsdp_state_dict', 'fsdp_auto_wrap', 'fsdp_reshard'],
  'Fast ': ['Unsloth '],
  '--eval': ['--eval-only', '--eval_only', '--evaluate'],
  'llava/': ['llava/train', 'llava/model', 'llava/eval', 'llava/serve'],
  'llava.': ['llava.train', 'llava.model', 'llava.eval', 'llava.serve'],
  LLaVA: [{ text: '/LLaVA', next: `${LETTERS}${DIGITS}_.+-/` }],
  'swift/': ['/swift/llm', '/swift/cli', '/swift/trainers', '/swift/tuners'],
  'verl/': ['/verl/trainer', '/verl/workers', '/verl/utils', '/verl/models'],
  'trl/': ['/trl/trainer', '/trl/scripts', '/trl/extras'],
  'nemo/': ['/nemo/core', '/nemo/collections', '/nemo/utils', '/nemo/lightning'],
  'mmdet/': ['/mmdet/'],
};

/** The first number of a version behind the end of a name that stands everywhere itself. */
function numbered(end: string): readonly ScanWord[] {
  return Array.from(DIGITS, (digit) => ({ text: `${end}${digit}.`, next: DIGITS }));
}

/**
 * A literal of seven bytes or more is looked for as it is; a version is a number behind its library's name, and an option has a value. A
 * short name with a colon or a blank behind it is part of what is printed before a run begins, and of every other step's line.
 */
export function scanWordsOf(literal: string): readonly ScanWord[] {
  const words = WORDS[literal];
  if (words !== undefined) return words.map((word) => (typeof word === 'string' ? { text: word } : word));
  if (literal.length >= 7) return [{ text: literal }];
  if (literal.endsWith('==')) return [{ text: literal, previous: BEGINNING, next: DIGITS }];
  if (literal.endsWith(': ') || literal.endsWith(' ')) return [];
  return [{ text: literal, next: BEHIND_NAME }];
}

/** True for a literal whose clues are read in the first `HEAD_LINES` lines of a source and nowhere else. */
export function isForHead(literal: string): boolean {
  return scanWordsOf(literal).length === 0;
}
