import type { Case, Cause, Decline, Diagnosis } from '../../model/diagnosis.js';
import { decline } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { roleOf } from '../roles.js';
import { surplusHead, tellSurplusHead } from './surplus-head.js';
import { toldValue } from './told-options.js';
import { counted, listed, moreMaySurface } from './wording.js';

const ID = 'tied-weights';

/** Second names of the input embedding: output heads and the copies that encoders and decoders hold. transformers, `_tied_weights_keys`. */
const TIED =
  /(^|\.)(lm_head(\.decoder)?\.(weight|bias)|embed_out\.weight|output_projection\.weight|(encoder|decoder)\.embed_tokens\.weight|embed_tokens\.weight|shared\.weight|wte\.weight|cls\.predictions\.(decoder\.(weight|bias)|bias)|predictions\.decoder\.(weight|bias)|lm_head\.bias|generator_lm_head\.(weight|bias)|vocab_projector\.(weight|bias)|output\.weight|output_layer\.weight)$/;

/** Programs that look a tensor up by name and do not tie: the missing name ends the load. TGI#541, vllm#6758, mlx#1298. */
const STRICT_PROGRAM = /tgi|text-generation|vllm|sglang|mlx/i;

/** `final_logits_bias` of BART and its kin is a buffer of zeros. */
const isRecomputed = (key: string): boolean => roleOf(key) === 'buffer' || key.endsWith('final_logits_bias');

const isInput = (key: string): boolean => /(embed_tokens|shared|wte)\.weight$/.test(key);

/** The bias of a head has two names in BERT and RoBERTa; where both are missing, or it has only one, the file lacks it. */
const BIAS_PAIRS: readonly (readonly [RegExp, RegExp])[] = [
  [/(^|\.)predictions\.bias$/, /(^|\.)predictions\.decoder\.bias$/],
  [/(^|\.)lm_head\.bias$/, /(^|\.)lm_head\.decoder\.bias$/],
];

function lacksBias(missingKeys: readonly string[]): boolean {
  const biases = missingKeys.filter((key) => TIED.test(key) && key.endsWith('bias'));
  const has = (pattern: RegExp): boolean => biases.some((key) => pattern.test(key));
  const kept = BIAS_PAIRS.filter((pair) => !pair.every(has));
  return biases.some((key) => !kept.some((pair) => pair.some((name) => name.test(key))));
}

/** No name is left from which the others could be filled: input and output of a decoder, or all names of an encoder-decoder model. */
function lacksEveryName(missingKeys: readonly string[]): boolean {
  const inputs = missingKeys.filter(isInput);
  const isDecoder = inputs.some((key) => !/(^|\.)(encoder|decoder)\.embed_tokens|(^|\.)shared\./.test(key));
  const has = (pattern: RegExp): boolean => missingKeys.some((key) => pattern.test(key));
  if (isDecoder) return has(/(lm_head|embed_out|output_layer|output_projection)\.weight$/);
  return has(/(^|\.)shared\.weight$/) && has(/(^|\.)encoder\.embed_tokens/) && has(/(^|\.)decoder\.embed_tokens/);
}

export const tiedWeights: Cause = { id: ID, diagnose };

function diagnose(subject: Case): Diagnosis | Decline {
  const { failure } = subject;
  const { mismatches, missingKeys, unexpectedKeys } = failure;
  const tied = missingKeys.filter((key) => TIED.test(key));
  if (mismatches.length > 0) return decline(ID, 'shapes differ, so more than a shared tensor is at stake');
  if (/CTC/.test(failure.modelClass ?? ''))
    return decline(ID, 'a CTC head is a layer of its own and never tied (head-not-saved, classifier-head)');
  const surplus = surplusHead(failure);
  if (surplus !== undefined) return tellSurplusHead(failure, surplus);
  if (tied.length === 0) return decline(ID, 'no output or input embedding is missing');
  if (lacksEveryName(missingKeys))
    return decline(ID, 'the embedding is missing under every name, so there is nothing to tie it to (key-prefix, truncated-checkpoint)');
  if (lacksBias(missingKeys)) return decline(ID, 'the bias of the head is missing too, and a bias is not tied (head-not-saved)');
  if (missingKeys.some((key) => !TIED.test(key) && !isRecomputed(key)))
    return decline(ID, 'other weights than tied embeddings are missing too');
  if (unexpectedKeys.some((key) => !TIED.test(key) && !isRecomputed(key)))
    return decline(ID, 'the file has keys that the model lacks, so names differ (key-prefix, fused-qkv)');
  if (areMoved(missingKeys, unexpectedKeys))
    return decline(ID, 'each missing name is one of the file behind another beginning (key-prefix)');
  return onlyTied(subject, tied);
}

/** `wrapped.lm_head.weight` is missing and `lm_head.weight` left over: one tensor and one name, behind another beginning. */
function areMoved(missingKeys: readonly string[], unexpectedKeys: readonly string[]): boolean {
  const meet = (one: string, other: string): boolean => one.endsWith(`.${other}`) || other.endsWith(`.${one}`);
  return unexpectedKeys.length > 0 && missingKeys.every((missing) => unexpectedKeys.some((unexpected) => meet(missing, unexpected)));
}

function onlyTied({ failure, clues }: Case, tied: readonly string[]): Diagnosis {
  const isFatal = failure.severity === 'error';
  const option = toldValue(clues, 'tie_word_embeddings');
  const isUntied = option?.value === 'false' || (!isFatal && tiesBeforeReporting(failure));
  const confidence = confidenceOf(tied);
  const isHarmless = !isFatal && !isUntied && confidence !== 'possible';
  const names = listed(
    tied.map((key) => `\`${key}\``),
    3,
  );
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: titleOf({ tied, names, isFatal, isUntied, isHarmless }),
    confidence: isUntied ? 'likely' : confidence,
    specificity: 75,
    ...(isHarmless ? { harmless: true } : {}),
    explained: {
      mismatches: [],
      missingKeys: failure.missingKeys.filter((key) => TIED.test(key) || isRecomputed(key)),
      unexpectedKeys: failure.unexpectedKeys,
    },
    evidence: evidenceOf(failure, tied, names, option),
    remedies: isUntied ? untiedRemedies() : isFatal ? fatalRemedies(failure) : harmlessRemedies(),
    doesNotHelp: [],
    afterwards: [
      'If `tie_word_embeddings` is false, the head really is absent: it stays random and the loss jumps to about ln(vocabulary size). Compare one loss or one output.',
    ],
    wouldDecide: [
      { question: 'Does the configuration tie the embeddings?', command: 'grep tie_word_embeddings config.json' },
      ...moreMaySurface(failure).map((question) => ({ question })),
    ],
  };
}

/** transformers 5 ties first and reports what is still missing (modeling_utils.py, `_finalize_model_loading`). */
function tiesBeforeReporting({ dialects }: LoadFailure): boolean {
  return dialects.includes('transformers-report');
}

function evidenceOf(
  failure: LoadFailure,
  tied: readonly string[],
  names: string,
  option: ReturnType<typeof toldValue>,
): Diagnosis['evidence'] {
  const rest = failure.missingKeys.length - tied.length;
  return [
    {
      statement: `${counted(tied.length, 'missing key')}, ${tied.length === 1 ? 'a second name' : 'all of them second names'} of the embedding: ${names}`,
      at: failure.at,
    },
    ...(rest > 0 ? [{ statement: `${counted(rest, 'more key')} can be recomputed and hold nothing that was trained` }] : []),
    ...(option === undefined ? [] : [{ statement: `The log says tie_word_embeddings=${option.value}`, at: option.at }]),
    ...(tiesBeforeReporting(failure) ? [{ statement: 'This report is printed after tying: a tied name would not be in it' }] : []),
  ];
}

interface Told {
  readonly tied: readonly string[];
  readonly names: string;
  readonly isFatal: boolean;
  readonly isUntied: boolean;
  readonly isHarmless: boolean;
}

function titleOf({ tied, names, isFatal, isUntied, isHarmless }: Told): string {
  const missing = `${names} ${tied.length === 1 ? 'is' : 'are'} missing`;
  const reason = reasonOf(tied.some(isInput), tied.length);
  if (isUntied)
    return `Only ${missing}, and this run does not tie ${tied.length === 1 ? 'it' : 'them'} to the embedding: the checkpoint was saved from a model that does, so the output layer starts from random values.`;
  if (isFatal) return `Only ${missing}: ${reason}, but this loader asks for every name.`;
  return isHarmless ? `Harmless if the model ties its embeddings: only ${missing}, because ${reason}.` : `Only ${missing}: ${reason}.`;
}

function reasonOf(hasInput: boolean, count: number): string {
  if (!hasInput) return 'a model that ties its output to its input embedding is saved without it';
  return count > 1
    ? 'these names share one tensor, and the file keeps it once'
    : 'where input and output embedding share one tensor, the file may keep it under the other name';
}

function confidenceOf(tied: readonly string[]): Diagnosis['confidence'] {
  if (tied.length > 1) return tied.some(isInput) ? 'certain' : 'likely';
  // The input embedding of a decoder is the name that files keep; the copies of an encoder-decoder model are those that they drop.
  return tied.some((key) => isInput(key) && !/(encoder|decoder)\.embed_tokens/.test(key)) ? 'possible' : 'likely';
}

function untiedRemedies(): Diagnosis['remedies'] {
  return [
    {
      title: 'Tie the embeddings, as the model that was saved did',
      text: 'Set "tie_word_embeddings": true in the config.json that is read (for multimodal models in the text part too), or take the configuration that was saved with the weights.',
      snippet: { language: 'python', code: 'model = AutoModelForCausalLM.from_pretrained(path, tie_word_embeddings=True)' },
    },
    {
      title: 'Take a checkpoint that has the head',
      text: 'If the model was trained with a head of its own, this file lacks it, and no option brings it back.',
    },
  ];
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
      title: 'Write the tensor under both names',
      text: `For serving programs that look each name up${upgrade ? ' (or upgrade: newer releases tie by themselves)' : ''}: load in transformers and save once more without sharing.`,
      snippet: { language: 'python', code: 'state_dict["lm_head.weight"] = state_dict["model.embed_tokens.weight"].clone()' },
    },
  ];
}
