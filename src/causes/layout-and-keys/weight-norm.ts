import type { LoadFailure } from '../../model/failure.js';
import type { Drift } from './drift.js';
import { amount, firstNames } from './telling.js';

const NORMED = /\.weight_[gv]$/;

/** Weight norm keeps a weight as two parameters; taken off (`remove_weight_norm`) it is one. Only one side has taken it off, or the code changed. */
export function weightNorm(failure: LoadFailure): Drift | undefined {
  const { missingKeys, unexpectedKeys, mismatches } = failure;
  const [inModel, inFile] = [missingKeys.filter((key) => NORMED.test(key)), unexpectedKeys.filter((key) => NORMED.test(key))];
  const isModel = inModel.length > 0;
  const [normed, own, others] = isModel ? [inModel, missingKeys, unexpectedKeys] : [inFile, unexpectedKeys, missingKeys];
  if (normed.length === 0 || (inModel.length > 0 && inFile.length > 0) || mismatches.length > 0) return undefined;
  const stems = new Set(normed.map((key) => key.replace(NORMED, '.weight')));
  const folded = others.filter((key) => stems.has(key));
  if (folded.length === 0 && (others.length > 0 || own.length > normed.length)) return undefined;
  const [side, other] = isModel ? ['model', 'checkpoint'] : ['checkpoint', 'model'];
  const sure = folded.length > 0 && 2 * folded.length >= others.length;
  return {
    title: sure
      ? `The ${side} has weight norm (\`weight_g\`, \`weight_v\`), the ${other} has it taken off (\`weight\`): \`remove_weight_norm\` ran on one side only, or the code of the model was changed.`
      : `The ${other} has nothing under ${firstNames(normed, 2)}: its layers have other names or no weight norm, as in another release of the code.`,
    confidence: sure ? 'likely' : 'possible',
    specificity: 62,
    explained: { mismatches: [], missingKeys: isModel ? normed : folded, unexpectedKeys: isModel ? folded : normed },
    evidence: [
      {
        statement: sure
          ? `${amount(folded.length, 'layer')} with one \`weight\` on one side and \`weight_g\`, \`weight_v\` on the other, for example ${firstNames(folded, 1)}`
          : `${amount(normed.length, 'parameter')} of weight norm on one side, and nothing in their place was printed`,
        at: failure.at,
      },
    ],
    remedies: [
      {
        title: 'Use the commit or release that belongs to the file',
        text: 'Vocoders change their layers between releases; the release is often named beside the download.',
      },
      sure
        ? {
            title: `Or take weight norm off ${isModel ? 'the model before loading' : 'by computing the weight'}`,
            text: isModel ? 'Vocoders have a method for it, meant for inference.' : 'The norm of `weight_v` is replaced by `weight_g`.',
            snippet: {
              language: 'python' as const,
              code: isModel
                ? 'model.remove_weight_norm()\nmodel.load_state_dict(state_dict)'
                : "weight = torch._weight_norm(state_dict[name + '.weight_v'], state_dict[name + '.weight_g'], 0)",
            },
          }
        : {
            title: 'Compare the names of both sides',
            text: 'They show whether the layers were renumbered or have no weight norm.',
            snippet: { language: 'python' as const, code: "print(*sorted(set(state_dict) ^ set(model.state_dict())), sep='\\n')" },
          },
    ],
    ...(sure
      ? {}
      : {
          wouldDecide: [
            { question: 'Which names does the file have in this part of the model?', command: 'print(*list(state_dict)[:40], sep="\\n")' },
          ],
        }),
  };
}
