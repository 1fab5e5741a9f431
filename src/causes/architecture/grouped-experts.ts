import type { Diagnosis } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { isUntrainedBuffer } from '../layout-and-keys/buffer-table.js';
import { answer, counted, explains, mayGoOn } from './answer.js';

interface Form {
  readonly name: RegExp;
  readonly what: string;
}

/** Megatron-LM, core/transformer/moe/experts.py: GroupedMLP, TEGroupedMLP, SequentialMLP. */
const FORMS: readonly Form[] = [
  { name: /(^|\.)experts\.weight[12]$/, what: 'all experts of a layer in one matrix (`weight1`, `weight2`)' },
  {
    name: /(^|\.)experts\.linear_fc[12]\.(weight|bias)\d+$/,
    what: 'the experts of a layer in one grouped module (`linear_fc1.weight0` …)',
  },
  {
    name: /(^|\.)experts\.local_experts\.\d+\.linear_fc[12]\.(weight|bias)$/,
    what: 'each expert as a module of its own (`local_experts.N`)',
  },
];

/** The form that all keys have; buffers are left aside. */
function formOf(keys: readonly string[]): Form | undefined {
  const parameters = keys.filter((key) => !isUntrainedBuffer(key));
  return parameters.length === 0 ? undefined : FORMS.find(({ name }) => parameters.every((key) => name.test(key)));
}

/** The same experts in two layouts: an option of the run decides between them, no release. */
export function groupedExperts(failure: LoadFailure): Diagnosis | undefined {
  const { missingKeys, unexpectedKeys, mismatches, at } = failure;
  const [model, file] = [formOf(missingKeys), formOf(unexpectedKeys)];
  if (mismatches.length > 0 || model === undefined || file === undefined || model === file) return undefined;
  return answer({
    cause: 'config-changed',
    title: `Another value of --moe-grouped-gemm than when the checkpoint was saved: the file holds ${file.what}, the model was built with ${model.what}.`,
    confidence: 'likely',
    specificity: 60,
    explained: explains([], missingKeys, unexpectedKeys),
    evidence: [
      {
        statement: `${counted(missingKeys.length, 'key')} of the one layout ${missingKeys.length === 1 ? 'is' : 'are'} missing (\`${missingKeys[0]}\`), ${unexpectedKeys.length} of the other unexpected (\`${unexpectedKeys[0]}\`), and nothing else is listed`,
        at,
      },
    ],
    remedies: [
      {
        title: 'Start with the option as it was when the file was saved or converted',
        text: '--moe-grouped-gemm packs the experts of a layer together, without it each is a module. A converter has the same option, and both have to agree; the grouped layouts also differ from each other (with TransformerEngine or without).',
        snippet: { language: 'bash', code: 'grep -rn "moe-grouped-gemm" RUN_SCRIPT CONVERT_SCRIPT' },
      },
      { title: 'Or convert the checkpoint again for this layout', text: 'The numbers are the same; only their layout differs.' },
    ],
    doesNotHelp: [{ advice: 'strict=False', reason: 'all experts then start from random values, which are most of the weights.' }],
    afterwards: mayGoOn(failure),
  });
}
