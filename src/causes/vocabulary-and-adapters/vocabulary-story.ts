import type { LoadFailure } from '../../model/failure.js';
import type { VocabularyRows } from './vocabulary-rows.js';
import { namedVocabulary, type StockVocabulary, stockVocabulary, stockWeights } from './vocabulary-table.js';

/** How two row counts came to differ. */
export type Story =
  | 'tokens-added' // the file has a published vocabulary and a few more
  | 'padded' // the same, rounded up to a multiple
  | 'rounded' // one side is the published vocabulary, the other exactly its rounding to a multiple
  | 'file-shrunk' // the file was cut to the tokenizer's length, the model has the published padded size
  | 'model-shrunk' // the other way round: this run cut the model
  | 'model-ahead' // the model counts tokens that the published weights lack
  | 'extended' // thousands of tokens were added to a published vocabulary
  | 'two-vocabularies' // both are published sizes of different models
  | 'siblings' // both are published sizes within one family, a few rows apart
  | 'dictionary' // fairseq: dict.txt, language tokens
  | 'ctc' // a few dozen output symbols of a speech recogniser
  | 'symbols' // a symbol table of speech, captions, small translation models
  | 'rebuilt'; // two vocabularies of the user's own

/** Differences above this are another vocabulary, not a handful of tokens. */
const FEW = 1024;

export function storyOf(failure: LoadFailure, { checkpoint, model, naming }: VocabularyRows): Story {
  if (isCtc(failure)) return 'ctc';
  if (isFairseq(failure)) return 'dictionary';
  const [inFile, inModel] = [stockWeights(checkpoint), stockWeights(model)];
  const isFew = Math.abs(checkpoint - model) <= FEW;
  if (Math.max(checkpoint, model) < (naming === 'symbols' ? 8000 : 4000))
    return isLanguageModel(failure) || naming === 'unnamed' ? 'rebuilt' : 'symbols';
  if (!isFew && areTwoFamilies(checkpoint, model)) return 'two-vocabularies';
  if (inFile !== undefined && inModel !== undefined && isFew && lineOf(inFile) === lineOf(inModel)) return 'siblings';
  if (stockVocabulary(checkpoint)?.what === 'tokenizer' && model > checkpoint && isFew) return 'file-shrunk';
  if (stockVocabulary(model)?.what === 'tokenizer' && checkpoint > model && isFew && inFile !== undefined) return 'model-shrunk';
  if (roundingOf(checkpoint, model) !== undefined) return 'rounded';
  if (checkpoint > model) return largerFile(checkpoint, model, isFew);
  if (!isFew) return 'rebuilt';
  if (inFile !== undefined) return 'model-ahead';
  return inModel === undefined ? 'rebuilt' : 'file-shrunk';
}

/** Classes of transformers that read and write tokens; speech models, which have symbols, are named otherwise. */
function isLanguageModel({ modelClass }: LoadFailure): boolean {
  return /For(CausalLM|MaskedLM|ConditionalGeneration|PreTraining|SequenceClassification)$|LMHeadModel$/.test(modelClass ?? '');
}

/** Both a published size (a few tokens added and padding count as well), and neither continues the other. */
function areTwoFamilies(checkpoint: number, model: number): boolean {
  if (Math.min(checkpoint, model) < 1000) return false; // a table of symbols beside a vocabulary of words: a count of the user's own
  const [file, built] = [namedVocabulary(checkpoint), namedVocabulary(model)];
  return (
    file !== undefined &&
    built !== undefined &&
    file.base !== built.rows &&
    built.base !== file.rows &&
    (file.rows === checkpoint || built.rows === model)
  );
}

/** `Whisper for English` and `Whisper large-v3` are of one line. */
function lineOf({ family }: StockVocabulary): string {
  return /^[A-Za-z]+/.exec(family)?.[0] ?? family;
}

function largerFile(checkpoint: number, model: number, isFew: boolean): Story {
  const isKnown = stockVocabulary(model) !== undefined;
  if (!isFew) return isKnown ? 'extended' : 'rebuilt';
  if (!isKnown) return stockWeights(checkpoint) === undefined ? 'rebuilt' : 'model-shrunk';
  return paddingOf(checkpoint, model) === undefined ? 'tokens-added' : 'padded';
}

/** The multiple to which the larger side was rounded up, where the difference is that multiple: 32064 = 32000 + 64. */
export function paddingOf(larger: number, base: number): number | undefined {
  return [256, 128, 64, 32, 16, 8].find(
    (multiple) => larger % multiple === 0 && (larger - base) % multiple === 0 && larger - base <= 2 * multiple,
  );
}

/** The multiple to which a published vocabulary was rounded up without adding a token: 50304 is 50257 up to 64 (nanoGPT) or 128 (Megatron). */
export function roundingOf(checkpoint: number, model: number): number | undefined {
  const [small, large] = [Math.min(checkpoint, model), Math.max(checkpoint, model)];
  if (stockWeights(small) === undefined || small % 64 === 0) return undefined;
  return [64, 128, 256, 512].find((multiple) => Math.ceil(small / multiple) * multiple === large);
}

/** An output layer with a bias and a few dozen rows, and no input embedding that differs with it. */
function isCtc({ mismatches, modelClass }: LoadFailure): boolean {
  const heads = mismatches.filter(({ parameter }) => parameter !== undefined && /(^|\.)lm_head\.(weight|bias)$/.test(parameter));
  const rows = heads.flatMap(({ checkpointShape, modelShape }) => [checkpointShape[0] ?? 0, modelShape[0] ?? 0]);
  const hasBias = heads.some(({ parameter }) => parameter?.endsWith('bias') === true);
  return (
    heads.length > 0 &&
    heads.length === mismatches.length &&
    rows.every((count) => count <= 2000) &&
    (hasBias || /CTC/.test(modelClass ?? ''))
  );
}

/** fairseq spells the head `output_projection` (or `fc3`) and keeps `encoder.embed_tokens` at the top. */
function isFairseq({ mismatches, dialects }: LoadFailure): boolean {
  if (dialects.some((name) => /fairseq/i.test(name))) return true;
  return mismatches.some(
    ({ parameter }) =>
      parameter !== undefined && /(^|\.)decoder\.(output_projection|fc3)\.(weight|bias)$|^encoder\.encoder\.embed_tokens/.test(parameter),
  );
}
