import type { LoadFailure } from '../../model/failure.js';

/** Segments that name a head: `lm_head`, `classification_head`, `classifier`, `pooler`. */
const HEAD_SEGMENT =
  /^(\w+_head|head\w*|heads|classifier\w*|classification_heads?|pooler|fc|score|logits|qa_outputs|predictor|predictions)$/;

export interface OtherHead {
  /** What stands in front of the leaves: `lm_head`, `encoder.classification_head`. */
  readonly theirs: readonly string[];
  readonly ours: readonly string[];
}

/**
 * Heads on both sides, under other names and with other layers in them: one head against another, not one that was renamed. A few leaves
 * (`dense.weight`) agree all the same, because heads are built alike.
 */
export function otherHead({ mismatches, missingKeys, unexpectedKeys }: LoadFailure): OtherHead | undefined {
  if (mismatches.length > 0 || missingKeys.length === 0 || unexpectedKeys.length === 0) return undefined;
  const [theirs, ours] = [headsIn(unexpectedKeys), headsIn(missingKeys)];
  if (theirs === undefined || ours === undefined || theirs.some((head) => ours.includes(head))) return undefined;
  return leavesDiffer(missingKeys, ours, unexpectedKeys, theirs) ? { theirs, ours } : undefined;
}

/** Whether both pieces name a head, `lm_head.` and `classification_head.`, in which other layers stand. */
export function isHeadAgainstHead({ missingKeys, unexpectedKeys }: LoadFailure, theirs: string, ours: string): boolean {
  const [file, model] = [theirs.replace(/\.$/, ''), ours.replace(/\.$/, '')];
  return isHead(file) && isHead(model) && leavesDiffer(missingKeys, [model], unexpectedKeys, [file]);
}

function isHead(piece: string): boolean {
  return HEAD_SEGMENT.test(piece.split('.').at(-1) ?? '') && !/\d/.test(piece);
}

function headsIn(keys: readonly string[]): readonly string[] | undefined {
  const found = keys.map(headOf);
  return found.includes(undefined) ? undefined : [...new Set(found.flatMap((head) => head ?? []))];
}

/** A number in front of the head's name makes it a part of a layer. */
function headOf(key: string): string | undefined {
  const segments = key.split('.');
  const at = segments.findIndex((segment) => HEAD_SEGMENT.test(segment));
  return at < 0 || segments.slice(0, at).some((segment) => /^\d+$/.test(segment)) ? undefined : segments.slice(0, at + 1).join('.');
}

function leavesDiffer(
  missing: readonly string[],
  ours: readonly string[],
  unexpected: readonly string[],
  theirs: readonly string[],
): boolean {
  const leaves = (keys: readonly string[], heads: readonly string[]) =>
    new Set(keys.flatMap((key) => heads.filter((head) => key.startsWith(`${head}.`)).map((head) => key.slice(head.length + 1))));
  const [model, file] = [leaves(missing, ours), leaves(unexpected, theirs)];
  return model.size !== file.size || [...model].some((leaf) => !file.has(leaf));
}
