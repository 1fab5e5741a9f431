import type { LoadFailure } from '../../model/failure.js';
import type { Drift } from './drift.js';
import { amount, firstNames } from './telling.js';

const CHUNKED = /(^|\.)blocks\.\d+\.\d+\.(norm[12]|attn|mlp|ls[12])\./;
const PLAIN = /(^|\.)blocks\.\d+\.(norm[12]|attn|mlp|ls[12])\./;

/** DINOv2 trains with its blocks in chunks (`blocks.<chunk>.<n>`) and publishes them without (dinov2/models/vision_transformer.py; dinov2#321). */
export function chunkedBlocks({ missingKeys, unexpectedKeys, modelClass = '', at }: LoadFailure): Drift | undefined {
  const only = (keys: readonly string[], name: RegExp) => keys.filter((key) => /(^|\.)blocks\./.test(key)).every((key) => name.test(key));
  const isModel = missingKeys.some((key) => CHUNKED.test(key)) && only(unexpectedKeys, PLAIN);
  const isFile = unexpectedKeys.some((key) => CHUNKED.test(key)) && only(missingKeys, PLAIN);
  const bothListed = missingKeys.length > 0 && unexpectedKeys.length > 0;
  if (isModel === isFile || !(bothListed || /dino/i.test(modelClass))) return undefined;
  const keys = (isModel ? missingKeys : unexpectedKeys).filter((key) => CHUNKED.test(key));
  const [chunked, plain] = isModel ? ['model', 'checkpoint'] : ['checkpoint', 'model'];
  return {
    title: `The ${chunked} keeps its blocks in chunks (\`blocks.<chunk>.<n>\`), the ${plain} in one list (\`blocks.<n>\`): DINOv2's code for training against its published models.`,
    confidence: bothListed ? 'certain' : 'likely',
    specificity: 84,
    explained: {
      mismatches: [],
      missingKeys: missingKeys.filter((key) => /(^|\.)blocks\./.test(key)),
      unexpectedKeys: unexpectedKeys.filter((key) => /(^|\.)blocks\./.test(key)),
    },
    evidence: [{ statement: `${amount(keys.length, 'key')} with two numbers behind \`blocks\`, for example ${firstNames(keys, 2)}`, at }],
    remedies: [
      {
        title: isModel ? 'Build the model with block_chunks=0' : 'Build the model with the chunks of the training',
        text: isModel ? 'As the code of the hub does.' : 'The training configuration has `block_chunks` (4 by default).',
        ...(isModel
          ? {
              snippet: {
                language: 'python' as const,
                code: 'model = vits.__dict__[arch](img_size=518, patch_size=14, init_values=1.0, block_chunks=0)',
              },
            }
          : {}),
      },
      {
        title: 'Or rename the keys',
        text: 'The second number counts through all chunks, so that the first can be left out.',
        snippet: {
          language: 'python',
          code: "import re\nstate_dict = {re.sub(r'blocks\\.\\d+\\.(\\d+)\\.', r'blocks.\\1.', key): value for key, value in state_dict.items()}",
        },
        ...(isModel ? { cost: 'This is for a chunked file in a plain model.' } : {}),
      },
    ],
  };
}
