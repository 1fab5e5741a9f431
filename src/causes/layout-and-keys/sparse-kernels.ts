import type { Diagnosis } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { answer, explains } from '../architecture/answer.js';
import { amount, firstNames } from './telling.js';

/** OpenPCDet names what it did not copy without the file's shape: sparse kernels alone, while the norms between them were loaded, are the mark of spconv. */
export function sparseKernelsAlone(failure: LoadFailure): Diagnosis | undefined {
  const { missingKeys, unexpectedKeys, severity, dialects } = failure;
  const isKernel = (key: string) =>
    /(^|\.)(backbone_3d|middle_encoder|middle_feature_extractor)\.(\w+\.)*(conv\w*|\d+|weight)/.test(key) && /\.weight$/.test(key);
  const hasNorm = missingKeys.some((key) => /(^|[._])(bn\d?|norm\d?|running_mean|bias)([._]|$)/.test(key));
  if (!dialects.includes('openpcdet') || severity !== 'warning' || missingKeys.length === 0 || unexpectedKeys.length > 0) return undefined;
  if (hasNorm || !missingKeys.every(isKernel)) return undefined;
  return answer({
    cause: 'transposed-layout',
    title: `Only sparse 3-D kernels were not loaded (${firstNames(missingKeys, 2)}), their norms were: most likely the file was saved with the other generation of spconv, which keeps kernels in another order of axes.`,
    confidence: missingKeys.length > 1 ? 'likely' : 'possible',
    specificity: 80,
    explained: explains([], missingKeys),
    evidence: [
      {
        statement: `${amount(missingKeys.length, 'kernel')} of the sparse backbone and nothing else: another width would have changed the norms as well`,
        at: failure.at,
      },
      { statement: 'spconv 1 keeps (k, k, k, in, out), spconv 2 (out, k, k, k, in) (spconv conv.py; mmdet3d#2584)' },
    ],
    remedies: [
      {
        title: 'Convert the kernels, or install the spconv that wrote the file',
        text: 'From 1 to 2 the last axis moves to the front, from 2 to 1 the first axis to the end. OpenPCDet from 0.5 on converts by itself when the two shapes tell it.',
        snippet: {
          language: 'python',
          code: 'weight = weight.permute(4, 0, 1, 2, 3).contiguous()   # spconv 1 file, spconv 2 model\n# weight.permute(1, 2, 3, 4, 0)                        # spconv 2 file, spconv 1 model',
        },
      },
    ],
    doesNotHelp: [
      {
        advice: 'going on with the warning',
        reason: 'the sparse backbone computes with random kernels; the detector then finds next to nothing.',
      },
    ],
    afterwards: ['1 × 1 × 1 kernels with as many inputs as outputs fit in either order and are wrong without a message (spconv#556).'],
    wouldDecide: [
      {
        question: 'Which shapes do these kernels have in the file, and which spconv is installed?',
        command: `pip list | grep -i spconv; python -c "import torch; s = torch.load('CKPT', map_location='cpu')['model_state']; print({k: v.shape for k, v in s.items() if v.dim() == 5})"`,
      },
    ],
  });
}
