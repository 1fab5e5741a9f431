import type { Diagnosis } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { answer, counted, explains, mayGoOn } from './answer.js';

/** transformers, t5/modeling_t5.py: T5DenseGatedActDense has wi_0 and wi_1 in place of the wi of T5DenseActDense. */
const GATED = /(^|\.)DenseReluDense\.wi_[01]\.weight$/;
const PLAIN = /(^|\.)DenseReluDense\.wi\.weight$/;
/** T5 1.1, which is gated, has a head of its own as well; T5 1.0 ties it. */
const HEAD = /(^|\.)lm_head\.weight$/;

/** On which side the feed-forward layers are gated; `undefined` where other names than theirs are listed. */
function gatedSide({ missingKeys, unexpectedKeys, mismatches }: LoadFailure): 'checkpoint' | 'model' | undefined {
  if (mismatches.length > 0) return undefined;
  const isOf = (keys: readonly string[], own: RegExp): boolean => keys.every((key) => own.test(key) || HEAD.test(key));
  const gated = [missingKeys, unexpectedKeys].map((keys) => keys.some((key) => GATED.test(key)) && isOf(keys, GATED));
  if (gated[1] === true && isOf(missingKeys, PLAIN)) return 'checkpoint';
  if (gated[0] === true && isOf(unexpectedKeys, PLAIN)) return 'model';
  return undefined;
}

export function gatedFeedForward(failure: LoadFailure): Diagnosis | undefined {
  const side = gatedSide(failure);
  if (side === undefined) return undefined;
  const { missingKeys, unexpectedKeys, severity, at } = failure;
  const gated = (side === 'checkpoint' ? unexpectedKeys : missingKeys).filter((key) => GATED.test(key));
  const [here, there] = side === 'checkpoint' ? ['checkpoint', 'model'] : ['model', 'checkpoint'];
  const lost = severity === 'warning' ? ' The feed-forward layers that met no weights start from random values.' : '';
  return answer({
    cause: 'config-changed',
    title: `Another value of feed_forward_proj than in the training: the feed-forward layers of the ${here} are gated (\`wi_0\` and \`wi_1\`), those of the ${there} are not (\`wi\`).${lost}`,
    confidence: 'likely',
    specificity: 60,
    explained: explains([], missingKeys, unexpectedKeys),
    evidence: [
      { statement: `${counted(gated.length, 'key')} of a gated layer on the side of the ${here} alone, such as \`${gated[0]}\``, at },
    ],
    remedies: [
      {
        title: side === 'checkpoint' ? 'Set "feed_forward_proj": "gated-gelu"' : 'Set "feed_forward_proj": "relu"',
        text: 'Take the config.json that was saved with the weights, for the tokenizer and the model alike: T5 1.0 is plain, T5 1.1, mT5, Flan-T5 and UL2 are gated, and no weight of the one has a place in the other.',
        snippet: { language: 'bash', code: 'grep -E "feed_forward_proj|is_gated_act|dense_act_fn" config.json' },
      },
    ],
    doesNotHelp: [{ advice: 'going on with the warning', reason: 'every layer lacks the larger part of its feed-forward weights.' }],
    afterwards: mayGoOn(failure),
  });
}
