import type { Place } from './place.js';

/** `strong` decides by itself, `medium` only suggests (a file name, say), `weak` merely fits. */
export type Strength = 'strong' | 'medium' | 'weak';

/** What else the log tells about the run. Every clue knows the line that told it; `text` is that line, shortened. */
export type Clue = { readonly at: Place; readonly text: string } & (
  | { readonly kind: 'zero-stage'; readonly stage: 0 | 1 | 2 | 3; readonly strength: Strength; readonly form: string }
  /** A `deepspeed.zero.Init` block closed: parameters were partitioned at construction. Counters are cumulative over the process. */
  | { readonly kind: 'zero-init'; readonly parameters?: number; readonly elements?: number }
  /** `deepspeed.initialize` had run, so the engine was alive. */
  | { readonly kind: 'engine-live'; readonly form: string }
  | { readonly kind: 'persistence-threshold'; readonly elements: number }
  | {
      readonly kind: 'sharding-library';
      readonly library: 'deepspeed' | 'fsdp' | 'fsdp2' | 'megatron' | 'colossalai' | 'fairscale';
      readonly strength: Strength;
    }
  | { readonly kind: 'launcher'; readonly name: string }
  | { readonly kind: 'world-size'; readonly size: number }
  | { readonly kind: 'command-line'; readonly command: string; readonly script?: string }
  | { readonly kind: 'version'; readonly library: string; readonly version: string }
  | { readonly kind: 'phase'; readonly phase: Phase }
  /** An option of the run or of the load, as seen: `strict` = `False`, `load_in_4bit` = `True`, `num_labels` = `5`. */
  | { readonly kind: 'option'; readonly name: string; readonly value: string }
  /** Advice that a library prints and that can harm or cannot help. */
  | { readonly kind: 'library-hint'; readonly hint: 'ignore-mismatched-sizes' | 'strict-false' | 'assign-true' }
  /** A warning that foretells or explains a failure. */
  | { readonly kind: 'warning'; readonly topic: WarningTopic }
  /** The script that asked, or a project whose habits are known (LLaVA, axolotl, LLaMA-Factory …). */
  | { readonly kind: 'project'; readonly name: string }
);

export type Phase = 'pre-training' | 'fine-tuning' | 'lora' | 'resume' | 'evaluation' | 'inference' | 'conversion';

export type WarningTopic =
  | 'zero-element-init' // "Initializing zero-element tensors is a no-op"
  | 'save-without-gather' // the saver said that it did not write the 16-bit weights
  | 'quantization-ignored'
  | 'missing-config'
  | 'from-scratch-after-partial-load'
  | 'deserialization';

export type ClueKind = Clue['kind'];
export type ClueOf<K extends ClueKind> = Extract<Clue, { readonly kind: K }>;

/** All clues of one kind, in the order of the log. */
export function cluesOf<K extends ClueKind>(clues: readonly Clue[], kind: K): readonly ClueOf<K>[] {
  return clues.filter((clue): clue is ClueOf<K> => clue.kind === kind);
}
