import type { LoadFailure } from '../../model/failure.js';
import type { Drift } from './drift.js';
import { firstNames } from './telling.js';

/** Names in the files that Meta and Mistral publish beside those of Hugging Face (llama/model.py, mistral_inference/transformer.py). */
const ORIGINAL = /^(layers\.\d+\.(attention\.w[qkvo]|feed_forward\.w[123]|attention_norm|ffn_norm)|tok_embeddings)\.weight$/;

/** A serving program reads every file of the folder, and one of them is `consolidated.…`: its names have no place (vllm#4989). */
export function originalFiles({ missingKeys, unexpectedKeys, mismatches, dialects, at }: LoadFailure): Drift | undefined {
  const isServed = dialects.some((dialect) => dialect === 'vllm' || dialect === 'sglang');
  if (!isServed || missingKeys.length > 0 || mismatches.length > 0 || unexpectedKeys.length === 0) return undefined;
  if (!unexpectedKeys.every((key) => ORIGINAL.test(key))) return undefined;
  const names = firstNames(unexpectedKeys, 2);
  return {
    title: `The loader for the layout of Hugging Face read a file in the original layout of Mistral or Meta (${names}): most likely \`consolidated…\` lies beside the shards and was read with them.`,
    confidence: 'likely',
    specificity: 60,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys },
    evidence: [
      {
        statement: `${names} is named as in consolidated.safetensors or consolidated.00.pth; Hugging Face calls it \`model.layers.N.self_attn.…\``,
        at,
      },
    ],
    remedies: [
      {
        title: 'Leave one layout in the folder',
        text: 'Move `consolidated*` away, or download without it.',
        snippet: { language: 'bash', code: "huggingface-cli download ORG/MODEL --exclude 'consolidated*' 'original/*'" },
      },
      {
        title: 'Or load the original layout on purpose',
        text: 'vLLM has a loader for the files of Mistral; all three options belong together.',
        snippet: { language: 'bash', code: 'vllm serve PATH --load-format mistral --config-format mistral --tokenizer-mode mistral' },
      },
      {
        title: 'Or upgrade the program',
        text: 'Newer releases read only the files that model.safetensors.index.json lists.',
      },
    ],
    wouldDecide: [{ question: 'Which files lie in the folder?', command: 'ls PATH' }],
  };
}
