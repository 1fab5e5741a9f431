import type { Diagnosis } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { listed, moreMaySurface } from './wording.js';

/** Programs that look each name of the file up in the model and have no second name for a tied head: vllm#6758, apple/ml-fastvlm. */
const STRICT_READERS: readonly string[] = ['vllm', 'sglang', 'mlx'];
const HEAD = /(^|\.)(lm_head|embed_out|output_layer|output_projection)\.weight$/;

/** The head of a language model has no place: a model that ties it to the embedding has one parameter, the file two names. */
export function surplusHead({ missingKeys, unexpectedKeys, mismatches, dialects }: LoadFailure): readonly string[] | undefined {
  const isStrict = dialects.length > 0 && dialects.every((dialect) => STRICT_READERS.includes(dialect));
  if (!isStrict || missingKeys.length > 0 || mismatches.length > 0 || unexpectedKeys.length === 0) return undefined;
  return unexpectedKeys.every((key) => HEAD.test(key)) ? unexpectedKeys : undefined;
}

export function tellSurplusHead(failure: LoadFailure, heads: readonly string[]): Diagnosis {
  const names = listed(heads.map((key) => `\`${key}\``));
  return {
    verdict: 'diagnosis',
    cause: 'tied-weights',
    title: `The file holds ${names}, and the model has no parameter for it: with tied embeddings the output layer is the input embedding, and this loader asks for every name of the file.`,
    confidence: 'likely',
    specificity: 75,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys: heads },
    evidence: [{ statement: `Unexpected: ${names}, a second name of the embedding where "tie_word_embeddings" is true`, at: failure.at }],
    remedies: [
      {
        title: 'Look whether the two tensors are equal',
        text: 'Equal: the head is the same numbers under a second name, and the file can do without it. Not equal: the head was trained for itself, and "tie_word_embeddings" has to be false in the config.json that is read.',
        snippet: {
          language: 'python',
          code: 'print(torch.equal(state_dict["lm_head.weight"], state_dict["model.embed_tokens.weight"]))',
        },
      },
      {
        title: 'Equal: save the model without the second name, or upgrade the program',
        text: 'save_pretrained of a model that ties its embeddings writes the tensor once. Newer releases of serving programs pass the head of a tied model over.',
      },
    ],
    doesNotHelp: [
      {
        advice: 'deleting the head without comparing',
        reason: 'a head that was trained for itself is lost, and the answers get worse without a word.',
      },
    ],
    afterwards: moreMaySurface(failure),
    wouldDecide: [{ question: 'Does the configuration tie the embeddings?', command: 'grep tie_word_embeddings config.json' }],
  };
}
