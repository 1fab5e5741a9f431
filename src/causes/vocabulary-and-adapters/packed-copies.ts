import type { Diagnosis } from '../../model/diagnosis.js';
import type { LoadFailure, Notice } from '../../model/failure.js';
import { packingRemedies, servedRemedies } from './packing-remedies.js';
import { NARROW_PACKINGS } from './packing-table.js';
import { moreMaySurface } from './wording.js';

/** Loaders of layers that parallelism cuts along their outputs: it never changes the number of their inputs. vLLM and SGLang, fused_moe/layer.py, parameter.py. */
const KEEPS_INPUTS = /^(_load_w13|load_merged_column_weight|load_column_parallel_weight|load_qkv_weight)$/;

/** One axis of a copy that failed, where the other axes fitted. */
export interface PackedCopy {
  readonly notice: Notice;
  readonly checkpoint: number;
  readonly model: number;
  readonly storage: string;
  readonly keepsInputs: boolean;
}

/** The copy of one weight failed on its inputs alone, by a factor of packing. */
export function packedCopy({ notices, mismatches, traceback }: LoadFailure): PackedCopy | undefined {
  const notice = notices.find(({ topic, values }) => topic === 'copy-failed' && values.axis !== undefined);
  if (notice === undefined || mismatches.length > 0) return undefined;
  const [axis, checkpoint, model] = [Number(notice.values.axis), Number(notice.values.checkpoint), Number(notice.values.model)];
  const [small, large] = [Math.min(checkpoint, model), Math.max(checkpoint, model)];
  const packing = NARROW_PACKINGS.find(({ ratio }) => small > 1 && small * ratio === large);
  if (axis < 1 || packing === undefined) return undefined;
  return { notice, checkpoint, model, storage: packing.storage, keepsInputs: KEEPS_INPUTS.test(traceback.at(-1)?.function ?? '') };
}

export function tellCopy(failure: LoadFailure, { notice, checkpoint, model, storage, keepsInputs }: PackedCopy): Diagnosis {
  const isFile = checkpoint < model;
  const [packed, plain] = isFile ? ['file', 'model was built with ordinary layers'] : ['model', 'file holds ordinary weights'];
  return {
    verdict: 'diagnosis',
    cause: 'quantized-packed',
    title: `${keepsInputs ? 'The' : 'It looks as if the'} ${packed} stores a weight packed (${storage}), and the ${plain}: ${checkpoint} columns of the file were copied into ${model}.`,
    confidence: keepsInputs ? 'likely' : 'possible',
    specificity: keepsInputs ? 85 : 40,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys: [] },
    evidence: [
      {
        statement: `The weight has ${checkpoint} columns in the file and ${model} in the model, a factor of packing: ${storage}`,
        at: notice.at,
      },
      ...(keepsInputs
        ? [
            {
              statement:
                'The loader that failed is that of a layer whose outputs are shared out among ranks: its inputs stay whole at any degree',
            },
          ]
        : []),
    ],
    remedies: [...servedRemedies('the layer'), ...(isFile ? packingRemedies('narrow', 'checkpoint', storage).slice(1) : [])],
    doesNotHelp: [{ advice: 'padding or cutting the tensor', reason: 'the numbers are packed; read otherwise they are noise.' }],
    afterwards: moreMaySurface(failure),
    wouldDecide: [
      {
        question: 'Which type has the tensor in the file? uint8 or int32 is packed.',
        command:
          "python -c \"from safetensors import safe_open; f = safe_open('FILE.safetensors', 'pt'); print(*[(k, f.get_slice(k).get_dtype()) for k in list(f.keys())[:20]], sep='\\n')\"",
      },
      ...(keepsInputs
        ? []
        : [
            {
              question:
                'Is it a layer that tensor parallelism cuts along its inputs (o_proj, down_proj)? Then another degree looks the same.',
            },
          ]),
    ],
  };
}
