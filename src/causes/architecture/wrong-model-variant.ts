import { type Clue, cluesOf } from '../../model/clue.js';
import type { Case, Cause, Diagnosis, Evidence, Remedy } from '../../model/diagnosis.js';
import { decline } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { strictFalse } from '../advice.js';
import { onlyDifferingAxis } from '../pairs.js';
import { answer, counted, explains, mayGoOn, otherPositions, pick, reinitialises, shows } from './answer.js';
import { foreignClassToken } from './class-token.js';
import { foreignPicture, isPacked, isPairedByPlace } from './foreign-pictures.js';
import { byHeadInputs } from './head-inputs.js';
import { byKindOfHead } from './head-kind.js';
import { byNamelessEmbedding, bySingleWidth, byVocabulary, byWidths } from './model-pair.js';
import { specialPositions, vocabularyPositions } from './special-positions.js';
import { towerProjection } from './tower-projection.js';
import { byDepth, byOtherNames } from './variant-by-keys.js';
import { byRatio } from './variant-by-ratio.js';
import { byBlocks, byDimensions } from './variant-by-structure.js';
import type { Reading } from './variant-reading.js';

export const wrongModelVariant: Cause = {
  id: 'wrong-model-variant',
  diagnose: ({ failure, clues }: Case) => {
    const declined = (reason: string) => decline('wrong-model-variant', reason);
    if (failure.mismatches.length === 0) {
      const keyed = byDepth(failure) ?? byOtherNames(failure);
      return keyed === undefined
        ? declined('no width differs, and the keys do not show the blocks of another variant')
        : tell(failure, keyed, clues);
    }
    if (failure.mismatches.every(isPairedByPlace))
      return declined('the names of the two sides differ, so the shapes are those of two layers');
    const vocabulary = byVocabulary(failure);
    if (vocabulary !== undefined)
      return tell(failure, { ...vocabulary, confidence: 'likely', positions: vocabularyOrAll(failure), specificity: 72 }, clues);
    const tower = towerProjection(failure);
    if (tower !== undefined)
      return tell(failure, { ...tower, confidence: 'likely', positions: failure.mismatches.map((_, position) => position) }, clues);
    const token = foreignClassToken(failure);
    if (token !== undefined)
      return tell(failure, { ...token, confidence: 'likely', positions: failure.mismatches.map((_, position) => position) }, clues);
    const foreign = foreignPicture(failure);
    if (foreign !== undefined && !(failure.mismatches.some(isPacked) && hasWidthsBesidePacking(failure))) return declined(foreign);
    const inputs = byHeadInputs(failure);
    if (inputs !== undefined) return tell(failure, { ...inputs, positions: failure.mismatches.map((_, position) => position) }, clues);
    const ordinary = otherPositions(failure, specialPositions(failure));
    if (ordinary.length === 0) return declined('a more special cause accounts for every line');
    const reading = read(failure, ordinary);
    return reading === undefined
      ? declined('too few widths differ to tell another variant from another option')
      : tell(failure, reading, clues);
  },
};

function vocabularyOrAll(failure: LoadFailure): readonly number[] {
  const positions = vocabularyPositions(failure);
  return positions.length > 0 ? positions : failure.mismatches.map((_, position) => position);
}

/** Packed tensors that scale together with biases are another model's (text-generation-webui#745). */
function hasWidthsBesidePacking({ mismatches }: LoadFailure): boolean {
  return mismatches.some((mismatch) => !isPacked(mismatch) && mismatch.checkpointShape.length === 1 && onlyDifferingAxis(mismatch) === 0);
}

/** The readings, from the surest to the faintest. */
function read(failure: LoadFailure, ordinary: readonly number[]): Reading | undefined {
  const all = { positions: ordinary, keys: true };
  const kind = byKindOfHead(failure);
  if (kind !== undefined) return kind;
  const blocks = byBlocks(failure);
  if (blocks !== undefined) return { ...blocks, ...all };
  const dimensions = byDimensions(failure, ordinary);
  if (dimensions !== undefined) return { ...dimensions, ...all };
  const single = bySingleWidth(failure);
  if (single !== undefined)
    return {
      ...single,
      ...all,
      positions: [...new Set([...ordinary, ...single.vocabulary])].toSorted((a, b) => a - b),
      confidence: 'likely',
    };
  const widths = byWidths(failure);
  if (widths !== undefined) return { ...widths, ...all, confidence: 'likely' };
  const nameless = byNamelessEmbedding(failure);
  if (nameless !== undefined) return { ...nameless, ...all, confidence: 'likely' };
  return byRatio(failure, ordinary);
}

function tell(failure: LoadFailure, reading: Reading, clues: readonly Clue[]): Diagnosis {
  const { checkpoint, model, positions } = reading;
  const stacks = reading.keys === true && isAboutLayers(failure);
  return answer({
    cause: 'wrong-model-variant',
    title: `The checkpoint is ${checkpoint}, but the model was built as ${model}.`,
    confidence: reading.confidence,
    specificity: reading.specificity ?? 50,
    explained: explains(positions, stacks ? failure.missingKeys : [], stacks ? failure.unexpectedKeys : []),
    evidence: [...withoutRepeats([...firstLines(failure, positions), ...reading.evidence]), ...ledger(failure, positions)],
    remedies: [...remediesOf(failure, reading), ...(reading.remedies ?? []), ...updateOf(failure, clues)],
    doesNotHelp: [strictFalse(failure), ...(failure.mismatches.length > 0 ? reinitialises(failure, 'the layers that differ') : [])],
    afterwards: mayGoOn(failure),
    wouldDecide:
      reading.confidence === 'possible'
        ? [
            {
              question: 'Do the norms and embeddings have these widths too? Print what the file holds.',
              command: "python -c \"import torch; [print(k, tuple(v.shape)) for k, v in torch.load('CKPT', map_location='cpu').items()]\"",
            },
          ]
        : [],
  });
}

/** Keys belong to the variant where they are those of layers and blocks. */
function isAboutLayers({ missingKeys, unexpectedKeys }: LoadFailure): boolean {
  const keys = [...missingKeys, ...unexpectedKeys];
  return keys.length > 0 && keys.filter((key) => /\.(\d+|\{[^{}]*\})\./.test(key)).length * 2 > keys.length;
}

function firstLines(failure: LoadFailure, positions: readonly number[]): readonly Evidence[] {
  return pick(failure, positions)
    .slice(0, 2)
    .map((mismatch) => shows(mismatch));
}

/** A reading shows the line that it rests on, which may be one of the first. */
function withoutRepeats(evidence: readonly Evidence[]): readonly Evidence[] {
  return evidence.filter(({ statement }, index) => evidence.findIndex((other) => other.statement === statement) === index);
}

function ledger({ mismatches }: LoadFailure, positions: readonly number[]): readonly Evidence[] {
  if (positions.length < 2) return [];
  return [{ statement: `${positions.length} of ${counted(mismatches.length, 'line')} differ in this way.` }];
}

function remediesOf({ modelClass }: LoadFailure, { checkpoint, model, choose }: Reading): readonly Remedy[] {
  return [
    {
      title: `Build the model as what the checkpoint is: ${checkpoint}`,
      text: `Change ${choose} where the model is built${modelClass === undefined ? '' : ` (\`${modelClass}\`)`}: the name given to the builder, the config file, a model_type key, or the class. The config has to come from the same place as the weights.`,
    },
    {
      title: `Or take the checkpoint of what the run builds: ${model}`,
      text: 'If the path or the name picks the file, look for one that was overwritten, cached or downloaded under the wrong name.',
    },
  ];
}

/** Classes of ComfyUI's own (comfy/text_encoders, comfy/clip_vision.py, comfy/model_base.py). */
const OF_COMFYUI = /^(Llama2|OpenAISignatureMMDITWrapper|CLIPVisionModelProjection|Qwen25_7BVLI|Gemma2_2B)$/;

/** ComfyUI builds the model after the file; what does not fit is most often newer than the program (workflow_templates#414, ComfyUI#5480). */
function updateOf({ modelClass = '' }: LoadFailure, clues: readonly Clue[]): readonly Remedy[] {
  const isComfy = OF_COMFYUI.test(modelClass) || cluesOf(clues, 'project').some(({ name }) => name === 'ComfyUI');
  return isComfy
    ? [
        {
          title: 'In ComfyUI: update ComfyUI and the nodes first',
          text: 'It reads from the file which model to build; where it builds another one, it does not know the model of the file yet, or the loader node was set to another type.',
        },
      ]
    : [];
}
