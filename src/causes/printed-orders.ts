import type { Case, Diagnosis, Evidence } from '../model/diagnosis.js';
import type { Shape } from '../model/shape.js';

/**
 * ggml counts axes from the fastest one (`ne[0]`, the columns): llama.cpp asks for attn_k as {n_embd, n_embd_k_gqa} (src/llama-model.cpp), which
 * PyTorch calls [kv rows, width]. The facts keep the order in which the log prints them; the causes reason in PyTorch's.
 */
const FASTEST_FIRST: ReadonlySet<string> = new Set(['ggml']);

const NOTE: Evidence = {
  statement: 'ggml prints the columns first; the sizes here stand in the order of PyTorch, rows first',
};

/** The case with every shape outermost axis first; the very same one where no dialect prints them otherwise. */
export function outermostFirst(subject: Case): Case {
  const { failure } = subject;
  if (!failure.dialects.some((dialect) => FASTEST_FIRST.has(dialect))) return subject;
  const turned = new Set(failure.mismatches.flatMap(({ dialect }, position) => (FASTEST_FIRST.has(dialect) ? [position] : [])));
  return {
    ...subject,
    failure: {
      ...failure,
      mismatches: failure.mismatches.map((mismatch, position) =>
        turned.has(position) ? { ...mismatch, ...reversed(mismatch) } : mismatch,
      ),
      groups: failure.groups.map((group) =>
        group.members.some((member) => turned.has(member)) ? { ...group, ...reversed(group) } : group,
      ),
    },
  };
}

function reversed({ checkpointShape, modelShape }: { readonly checkpointShape: Shape; readonly modelShape: Shape }): {
  readonly checkpointShape: Shape;
  readonly modelShape: Shape;
} {
  return { checkpointShape: checkpointShape.toReversed(), modelShape: modelShape.toReversed() };
}

/** Says so where an answer rests on shapes of several axes that were turned round. */
export function withOrderTold(diagnosis: Diagnosis, { failure }: Case): Diagnosis {
  const isTurned = diagnosis.explained.mismatches.some((position) => {
    const { dialect = '', modelShape = [] } = failure.mismatches[position] ?? {};
    return FASTEST_FIRST.has(dialect) && modelShape.length > 1;
  });
  return isTurned ? { ...diagnosis, evidence: [...diagnosis.evidence, NOTE] } : diagnosis;
}
