import { cluesOf } from '../../model/clue.js';
import type { Case } from '../../model/diagnosis.js';
import type { Frame, LoadFailure } from '../../model/failure.js';

/** Where and how the load was asked for, as far as the traceback shows it. */
export interface LoadCall {
  readonly frame: Frame;
  /** `self.vision_tower` of `self.vision_tower.load_state_dict(weights, strict=False)` */
  readonly receiver?: string;
  /** `weights` */
  readonly stateDict?: string;
}

const METHOD = '.load_state_dict(';

/** The call in the user's own code; else the innermost frame that shows one. */
export function readLoadCall({ origin, traceback }: LoadFailure): LoadCall | undefined {
  const showsCall = ({ code }: Frame): boolean => code?.includes(METHOD) ?? false;
  const frame = origin !== undefined && showsCall(origin) ? origin : (traceback.findLast(showsCall) ?? origin);
  if (frame === undefined) return undefined;
  return { frame, ...readCode(frame.code ?? '') };
}

function readCode(code: string): Omit<LoadCall, 'frame'> {
  const start = code.indexOf(METHOD);
  if (start < 0) return {};
  const receiver = /(?<![\w.])[\w.]+$/.exec(code.slice(0, start))?.[0];
  const stateDict = firstArgument(code.slice(start + METHOD.length));
  return { ...(receiver && { receiver }), ...(stateDict && { stateDict }) };
}

/** Up to the comma or bracket that ends it; nothing where the line breaks off inside. */
function firstArgument(rest: string): string | undefined {
  let depth = 0;
  for (const [index, character] of [...rest].entries()) {
    if (depth === 0 && (character === ',' || character === ')')) return [...rest].slice(0, index).join('').trim();
    if ('([{'.includes(character)) depth++;
    if (')]}'.includes(character)) depth--;
  }
  return undefined;
}

/** `False` or `True` where the call or an option of the run says it. */
export function strictFlag({ failure, clues }: Case): 'True' | 'False' | undefined {
  const codes = [failure.origin, ...failure.traceback].flatMap((frame) => frame?.code ?? []);
  const said = (value: string): boolean =>
    codes.some((code) => code.includes(`strict=${value}`)) ||
    cluesOf(clues, 'option').some((option) => option.name === 'strict' && option.value === value);
  return said('False') ? 'False' : said('True') ? 'True' : undefined;
}

/** What a frame of a library says about the moment of the load. */
export type Moment = 'inside-zero-init' | 'engine-load' | 'best-model-reload' | 'inside-from-pretrained';

/** Sources: DeepSpeed 0.6.0–0.19.5 partition_parameters.py and engine.py; transformers 4.31–5.18 trainer.py and modeling_utils.py. */
const TELLING_FRAMES: readonly (readonly [Moment, (frame: Frame) => boolean])[] = [
  ['inside-zero-init', ({ file, function: name }) => file.endsWith('partition_parameters.py') && name === 'wrapper'],
  [
    'engine-load',
    ({ file, function: name }) =>
      file.includes('deepspeed/runtime/engine') &&
      (name === 'load_module_state_dict' || name === 'load_checkpoint' || name === '_load_checkpoint'),
  ],
  ['best-model-reload', ({ function: name }) => name === '_load_best_model'],
];

export function frameOf(moment: Moment, { traceback }: LoadFailure): Frame | undefined {
  if (moment === 'inside-from-pretrained') return loaderFrame(traceback);
  const tells = TELLING_FRAMES.find(([told]) => told === moment)?.[1];
  return tells === undefined ? undefined : traceback.findLast(tells);
}

/** transformers' own loader raised it: no code of the user, of torch or of another library stands below `from_pretrained`. */
function loaderFrame(traceback: readonly Frame[]): Frame | undefined {
  const last = traceback.findLast(({ file }) => !file.includes('torch/nn/modules/module'));
  return last !== undefined && /transformers\/(modeling_utils|utils\/loading_report|core_model_loading)\.py$/.test(last.file)
    ? last
    : undefined;
}
