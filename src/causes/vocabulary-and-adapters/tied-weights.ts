import type { Case, Cause, Decline, Diagnosis } from '../../model/diagnosis.js';
import { decline } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { roleOf } from '../roles.js';
import { counted, listed, moreMaySurface } from './wording.js';

const ID = 'tied-weights';

/** Second names of the input embedding: output heads and the copies that encoders and decoders hold. transformers, `_tied_weights_keys`. */
const TIED =
  /(^|\.)(lm_head(\.decoder)?\.(weight|bias)|embed_out\.weight|output_projection\.weight|(encoder|decoder)\.embed_tokens\.weight|embed_tokens\.weight|shared\.weight|wte\.weight|cls\.predictions\.(decoder\.(weight|bias)|bias)|predictions\.decoder\.(weight|bias)|lm_head\.bias|generator_lm_head\.(weight|bias)|vocab_projector\.(weight|bias)|output\.weight|output_layer\.weight)$/;

/** Programs that look a tensor up by name and do not tie: the missing name ends the load. TGI#541, vllm#6758, mlx#1298. */
const STRICT_PROGRAM = /tgi|text-generation|vllm|sglang|mlx/i;

const isRecomputed = (key: string): boolean => roleOf(key) === 'buffer';

export const tiedWeights: Cause = { id: ID, diagnose };

function diagnose({ failure }: Case): Diagnosis | Decline {
  const { mismatches, missingKeys, unexpectedKeys } = failure;
  const tied = missingKeys.filter((key) => TIED.test(key));
  if (mismatches.length > 0) return decline(ID, 'shapes differ, so more than a shared tensor is at stake');
  if (/CTC/.test(failure.modelClass ?? ''))
    return decline(ID, 'a CTC head is a layer of its own and never tied (head-not-saved, classifier-head)');
  if (tied.length === 0) return decline(ID, 'no output or input embedding is missing');
  if (missingKeys.some((key) => !TIED.test(key) && !isRecomputed(key)))
    return decline(ID, 'other weights than tied embeddings are missing too');
  if (unexpectedKeys.some((key) => !TIED.test(key) && !isRecomputed(key)))
    return decline(ID, 'the file has keys that the model lacks, so names differ (key-prefix, fused-qkv)');
  return onlyTied(failure, tied);
}

function onlyTied(failure: LoadFailure, tied: readonly string[]): Diagnosis {
  const isFatal = failure.severity === 'error';
  const hasInput = tied.some((key) => /embed_tokens|shared|wte/.test(key));
  const rest = failure.missingKeys.length - tied.length;
  const names = listed(
    tied.map((key) => `\`${key}\``),
    3,
  );
  const reason =
    hasInput && tied.length > 1
      ? 'these names share one tensor, and the file keeps it once'
      : 'a model that ties its output to its input embedding is saved without it';
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: isFatal
      ? `Only ${names} ${tied.length === 1 ? 'is' : 'are'} missing: ${reason}, but this loader asks for every name.`
      : `Harmless if the model ties its embeddings: only ${names} ${tied.length === 1 ? 'is' : 'are'} missing, because ${reason}.`,
    confidence: tied.length > 1 ? 'certain' : 'likely',
    specificity: 75,
    ...(isFatal ? {} : { harmless: true }),
    explained: {
      mismatches: [],
      missingKeys: failure.missingKeys.filter((key) => TIED.test(key) || isRecomputed(key)),
      unexpectedKeys: failure.unexpectedKeys,
    },
    evidence: [
      { statement: `${counted(tied.length, 'missing key')}, all of them second names of the embedding: ${names}`, at: failure.at },
      ...(rest > 0 ? [{ statement: `${counted(rest, 'more key')} can be recomputed and hold nothing that was trained` }] : []),
    ],
    remedies: isFatal ? fatalRemedies(failure) : harmlessRemedies(),
    doesNotHelp: [],
    afterwards: [
      'If `tie_word_embeddings` is false, the head really is absent: it stays random and the loss jumps to about ln(vocabulary size). Compare one loss or one output.',
    ],
    wouldDecide: [
      { question: 'Does the configuration tie the embeddings?', command: 'grep tie_word_embeddings config.json' },
      ...(failure.complete ? [] : [{ question: moreMaySurface(false)[0] ?? '' }]),
    ],
  };
}

function harmlessRemedies(): Diagnosis['remedies'] {
  return [
    {
      title: 'Nothing, if config.json says "tie_word_embeddings": true',
      text: 'from_pretrained ties the names after it has read the file. If your own code calls load_state_dict, call tie_weights afterwards.',
      snippet: { language: 'python', code: 'model.tie_weights()' },
    },
  ];
}

function fatalRemedies({ dialects }: LoadFailure): Diagnosis['remedies'] {
  const upgrade = dialects.some((name) => STRICT_PROGRAM.test(name));
  return [
    {
      title: 'Load without strictness, then tie',
      text: 'With exactly these names missing, nothing is lost where the model ties its embeddings.',
      snippet: {
        language: 'python',
        code: 'result = model.load_state_dict(state_dict, strict=False)\nassert not result.unexpected_keys\nmodel.tie_weights()',
      },
      cost: 'strict=False also hides every other missing key; keep the check.',
    },
    {
      title: 'Or write the tensor under both names',
      text: `For serving programs that look each name up${upgrade ? ' (or upgrade: newer releases tie by themselves)' : ''}: load in transformers and save once more without sharing.`,
      snippet: { language: 'python', code: 'state_dict["lm_head.weight"] = state_dict["model.embed_tokens.weight"].clone()' },
    },
  ];
}
