import type { Evidence } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { onlyDifferingAxis } from '../pairs.js';
import { roleOf } from '../roles.js';
import { canHaveRows } from '../vocabulary-and-adapters/language-model-table.js';
import { type StockVocabulary, stockVocabularies } from '../vocabulary-and-adapters/vocabulary-table.js';
import { shows } from './answer.js';
import { type Tradition, traditionOf } from './model-traditions.js';
import { inOneName, type ModelWidths, modelsOf } from './model-widths-table.js';
import { type ObservedSizes, observedSizes } from './observed-sizes.js';
import { readSingleWidth, type SingleWidth } from './single-widths-table.js';

/** The two models that the sizes stand for. */
export interface ModelPair {
  readonly checkpoint: string;
  readonly model: string;
  /** What to choose, in words. */
  readonly choose: string;
  readonly evidence: readonly Evidence[];
}

/** Both sides by the widths of published models. */
export function byWidths(failure: LoadFailure): ModelPair | undefined {
  const names = failure.mismatches.flatMap(({ parameter }) => parameter ?? []);
  const tradition = traditionOf([...names, ...failure.missingKeys, ...failure.unexpectedKeys], failure.modelClass);
  if (tradition === undefined) return undefined;
  const [file, built] = [observedSizes(failure, 'checkpoint'), observedSizes(failure, 'model')];
  if (file.hidden === built.hidden && file.ffn === built.ffn) return undefined;
  const [ofFile, ofModel] = [candidates(tradition, file, failure.modelClass), candidates(tradition, built, failure.modelClass)];
  const [checkpoint, model] = [nameOrWidth(ofFile, file, failure.modelClass), nameOrWidth(ofModel, built, failure.modelClass)];
  if ((ofFile.length === 0 && ofModel.length === 0) || file.hidden === undefined || built.hidden === undefined) return undefined;
  return {
    checkpoint,
    model,
    choose: 'the variant',
    evidence: [...sourcesOf(ofClass(ofFile, failure.modelClass)), ...sourcesOf(ofClass(ofModel, failure.modelClass))],
  };
}

/**
 * Published models of these sizes that nothing in the list refutes. Names of Llama's kind are common property: there one width is nobody's,
 * unless the class or the vocabulary tells the family.
 */
function candidates(tradition: Tradition, { hidden, ffn, vocabulary }: ObservedSizes, modelClass = ''): readonly ModelWidths[] {
  const models = modelsOf(tradition, hidden, ffn);
  // mBART, Marian and what fairseq trains have any vocabulary; a width that is all there is names none of them.
  if (tradition === 'bart') return ffn === undefined && !BART_CLASS.test(modelClass) ? [] : models;
  if (tradition !== 'llama') return models;
  const fitting = models.filter(({ model }) => vocabulary === undefined || canHaveRows(model, vocabulary));
  const isTold = ffn !== undefined || vocabulary !== undefined || FAMILIES.some(([expression]) => expression.test(modelClass));
  return isTold ? fitting : [];
}

const BART_CLASS = /^(M?Bart|Marian|Pegasus|PL?Bart|Blenderbot)/i;

function nameOrWidth(models: readonly ModelWidths[], { hidden, ffn }: ObservedSizes, modelClass: string | undefined): string {
  const width = hidden === undefined ? '' : `width ${hidden}${ffn === undefined ? '' : `, feed-forward ${ffn}`}`;
  const name = inOneName(ofClass(models, modelClass));
  return name === undefined ? `a model of ${width}` : `${name} (${width})`;
}

/** Families that share names and widths with others; only the class tells them apart. */
const FAMILIES: readonly (readonly [modelClass: RegExp, model: RegExp])[] = [
  [/^Qwen/, /Qwen/],
  [/^Mi[sx]tral/, /Mi[sx]tral/],
  [/^Gemma/, /Gemma/],
  [/^Phi/, /Phi|phi/],
  [/^Yi/, /Yi/],
  [/^InternLM/, /InternLM/],
  [/^Baichuan/, /Baichuan/],
  [/^Llama(For|Model)/, /Llama|Yi|DeepSeek|Vicuna|SmolLM/],
  [/^Electra/, /ELECTRA/],
  [/^Deberta/, /DeBERTa/],
];

/** `Qwen2ForCausalLM` is no Llama, though the two share widths; where no name fits the class, all stay that need no class. */
function ofClass(models: readonly ModelWidths[], modelClass = ''): readonly ModelWidths[] {
  const family = FAMILIES.find(([expression]) => expression.test(modelClass))?.[1];
  const same = family === undefined ? [] : models.filter(({ model }) => family.test(model));
  return same.length > 0 ? same : models.filter(({ model }) => !/ELECTRA|DeBERTa/.test(model));
}

function sourcesOf(models: readonly ModelWidths[]): readonly Evidence[] {
  return models.slice(0, 2).map(({ model, hidden, ffn, source }) => ({
    statement: `${model}: width ${hidden}${ffn === undefined ? '' : `, feed-forward ${ffn}`} (${source}).`,
  }));
}

/** Two published vocabularies of the same width: another model, not added tokens (ColBERT#106, ComfyUI#12068). */
export function byVocabulary({ mismatches }: LoadFailure): ModelPair | undefined {
  const [first] = mismatches;
  if (first === undefined || !mismatches.every((mismatch) => showsVocabulary(mismatch, mismatches))) return undefined;
  // An adapter that brings its own embedding has extended a vocabulary, not taken another.
  if (mismatches.some(({ parameter }) => parameter?.startsWith('base_model.model.'))) return undefined;
  const [rows, others] = [first.checkpointShape[0] ?? 0, first.modelShape[0] ?? 0];
  const [checkpoint, model] = [familyOf(rows), familyOf(others)];
  if (checkpoint === undefined || model === undefined || checkpoint.family === model.family) return undefined;
  if (checkpoint.base === model.rows || model.base === checkpoint.rows) return undefined; // one continues the other: tokens were added
  if (Math.abs(rows - others) < Math.max(500, 0.01 * Math.max(rows, others)) || Math.min(rows, others) < 20000) return undefined;
  return {
    checkpoint: `a model with the vocabulary of ${checkpoint.family} (${rows} rows)`,
    model: `one with that of ${model.family} (${others} rows)`,
    choose: 'the model',
    evidence: [checkpoint, model].map(({ rows: stock, family, source }) => ({ statement: `${stock} rows: ${family} (${source}).` })),
  };
}

function showsVocabulary(mismatch: Mismatch, mismatches: readonly Mismatch[]): boolean {
  const role = roleOf(mismatch.parameter);
  if (isOutputBeside(mismatch, mismatches)) return true;
  const nameless = mismatches.length === 1 && (mismatch.parameter === undefined || mismatch.parameter === 'weight');
  return (role === 'token-embedding' || role === 'output-head' || nameless) && onlyDifferingAxis(mismatch) === 0;
}

/** A published size, or one between a tokenizer's length and the padded embedding that belongs to it. */
function familyOf(rows: number): StockVocabulary | undefined {
  const exact = stockVocabularies.find((entry) => entry.rows === rows);
  if (exact !== undefined) return exact;
  const [above] = stockVocabularies.filter((entry) => entry.rows > rows).toSorted((a, b) => a.rows - b.rows);
  const [below] = stockVocabularies.filter((entry) => entry.rows < rows).toSorted((a, b) => b.rows - a.rows);
  return above?.what === 'weights' && below?.what === 'tokenizer' && above.rows - below.rows < 500 ? above : undefined;
}

/** Meta's Llama calls its head `output`: the embedding beside it says that its rows are a vocabulary. */
export function isOutputBeside({ parameter = '', checkpointShape, modelShape }: Mismatch, mismatches: readonly Mismatch[]): boolean {
  if (!/(^|\.)output\.weight$/.test(parameter)) return false;
  return mismatches.some(
    (other) =>
      roleOf(other.parameter) === 'token-embedding' &&
      other.checkpointShape[0] === checkpointShape[0] &&
      other.modelShape[0] === modelShape[0],
  );
}

/** One parameter of known meaning says it: a projector, a vocoder's first layer, a decoder's width. */
export function bySingleWidth({
  mismatches,
  modelClass,
}: LoadFailure): (ModelPair & { readonly vocabulary: readonly number[] }) | undefined {
  for (const mismatch of mismatches) {
    const reading = readSingleWidth(mismatch, modelClass);
    if (reading === undefined) continue;
    return {
      checkpoint: reading.checkpoint,
      model: reading.model,
      choose: reading.entry.choose,
      vocabulary: vocabularyOf(reading.entry, mismatches),
      evidence: [shows(mismatch), { statement: `The sizes are known from ${reading.entry.source}.` }],
    };
  }
  return undefined;
}

/** Positions of embeddings and heads whose rows are, on both sides, those that go with the sizes. */
function vocabularyOf({ vocabularies }: SingleWidth, mismatches: readonly Mismatch[]): readonly number[] {
  const known = (rows: number | undefined) => rows !== undefined && vocabularies?.has(rows) === true;
  return mismatches.flatMap(({ checkpointShape, modelShape }, position) =>
    known(checkpointShape[0]) && known(modelShape[0]) ? [position] : [],
  );
}

/** A nameless embedding: equal rows of a published vocabulary, other width. */
export function byNamelessEmbedding({ mismatches }: LoadFailure): ModelPair | undefined {
  const [only, second] = mismatches;
  if (only === undefined || second !== undefined || (only.parameter !== undefined && only.parameter !== 'weight')) return undefined;
  const { checkpointShape, modelShape } = only;
  const rows = checkpointShape[0] ?? 0;
  if (checkpointShape.length !== 2 || rows !== modelShape[0] || rows < 20000 || familyOf(rows) === undefined) return undefined;
  const named = (width: number): string => {
    const name = inOneName(candidates('llama', { hidden: width, vocabulary: rows }));
    return name === undefined ? `a model of width ${width}` : `${name} (width ${width})`;
  };
  return {
    checkpoint: named(checkpointShape[1] ?? 0),
    model: named(modelShape[1] ?? 0),
    choose: 'the size',
    evidence: [shows(only, `${rows} rows are a vocabulary, and it is the same on both sides; the width is not`)],
  };
}
