import type { Case, Cause, Confidence, Diagnosis, Evidence, Question, Remedy } from '../../model/diagnosis.js';
import { decline, positionsWhere } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { STRICT_FALSE } from '../advice.js';
import { answer, explains, mayGoOn, pick, reinitialises, shows } from './answer.js';
import { blockWidths, generationOfText, isCrossAttention, isUnetName, isVaeLatent, textSource } from './diffusion-widths.js';
import { isAdapterWeight } from './foreign-pictures.js';
import { isCutLayoutList, linearGeneration, projectionLayout } from './projection-layout.js';

interface Mix {
  readonly checkpoint: string;
  readonly model: string;
  readonly confidence: Confidence;
  readonly witnesses: readonly Mismatch[];
  readonly source: string;
  /** What would decide where the sizes leave room. */
  readonly wouldDecide?: readonly Question[];
}

/** The tell-tale: the width of the text differs between two generations. */
function byText(mismatches: readonly Mismatch[]): Mix | undefined {
  const witnesses = mismatches.filter(
    ({ parameter, checkpointShape, modelShape }) => isCrossAttention(parameter) && checkpointShape[1] !== modelShape[1],
  );
  const [first] = witnesses;
  if (first === undefined) return undefined;
  const [checkpoint, model] = [generationOfText(first.checkpointShape[1] ?? 0), generationOfText(first.modelShape[1] ?? 0)];
  if (checkpoint === undefined || model === undefined) return undefined;
  return { checkpoint, model, confidence: 'certain', witnesses, source: textSource(first.checkpointShape[1], first.modelShape[1]) };
}

/** Sizes and text beside the time step, which only XL and its refiner read (`add_embedding` in diffusers, `label_emb` in CompVis' names). */
function byAdded(mismatches: readonly Mismatch[]): Mix | undefined {
  const witnesses = mismatches.filter(({ parameter }) => /(^|\.)(add_embedding\.linear_1|label_emb\.0\.0)\.weight$/.test(parameter ?? ''));
  const [first] = witnesses;
  const [checkpoint, model] = [addedTo(first?.checkpointShape[1]), addedTo(first?.modelShape[1])];
  if (checkpoint === undefined || model === undefined || checkpoint === model) return undefined;
  return { checkpoint, model, confidence: 'certain', witnesses, source: ADDED_SOURCE };
}

const ADDED_SOURCE = 'unet/config.json of stabilityai/stable-diffusion-xl-base-1.0 and -refiner-1.0: projection_class_embeddings_input_dim';

function addedTo(width: number | undefined): string | undefined {
  if (width === 2816) return 'Stable Diffusion XL';
  return width === 2560 ? 'the SDXL refiner' : undefined;
}

/** A textual inversion is a few tokens of the text encoder's width (ComfyUI#97, diffusers#10373). */
function byInversion(mismatches: readonly Mismatch[]): Mix | undefined {
  const [first] = mismatches;
  if (first === undefined || !/(^|\.)(emb_params|string_to_param(\.\S+)?|learned_embeds)$/.test(first.parameter ?? '')) return undefined;
  const last = first.checkpointShape.length - 1;
  const [checkpoint, model] = [generationOfText(first.checkpointShape[last] ?? 0), generationOfText(first.modelShape[last] ?? 0)];
  if (checkpoint === undefined || model === undefined || checkpoint === model) return undefined;
  return {
    checkpoint,
    model,
    confidence: 'likely',
    witnesses: [first],
    source: textSource(first.checkpointShape[last], first.modelShape[last]),
  };
}

/** XL has one level less, so the same block has another width. */
function byBlock(mismatches: readonly Mismatch[]): Mix | undefined {
  for (const { block, plain, xl, source } of blockWidths) {
    const pairIs = ({ checkpointShape, modelShape }: Mismatch, a: number, b: number): boolean =>
      checkpointShape[0] === a && modelShape[0] === b;
    const fromXl = mismatches.filter((mismatch) => block.test(mismatch.parameter ?? '') && pairIs(mismatch, xl, plain));
    const fromPlain = mismatches.filter((mismatch) => block.test(mismatch.parameter ?? '') && pairIs(mismatch, plain, xl));
    const witnesses = fromXl.length >= fromPlain.length ? fromXl : fromPlain;
    if (witnesses.length === 0) continue;
    const [old, newer] = ['Stable Diffusion 1.x or 2.x', 'Stable Diffusion XL'];
    return {
      checkpoint: witnesses === fromXl ? newer : old,
      model: witnesses === fromXl ? old : newer,
      confidence: 'likely',
      witnesses,
      source,
    };
  }
  return undefined;
}

function byLatent(mismatches: readonly Mismatch[]): Mix | undefined {
  const witnesses = mismatches.filter(isVaeLatent);
  const [first] = witnesses;
  if (first === undefined) return undefined;
  const [few, many] = [
    'a VAE with 4 latent channels (Stable Diffusion 1, 2 or XL)',
    'a VAE with 16 latent channels (Stable Diffusion 3 or Flux)',
  ];
  const largerFile = first.checkpointShape.some((size, axis) => size > (first.modelShape[axis] ?? 0));
  return {
    checkpoint: largerFile ? many : few,
    model: largerFile ? few : many,
    confidence: mismatches.every(isVaeLatent) ? 'certain' : 'likely',
    witnesses,
    source: 'vae/config.json of stabilityai/sdxl-vae (latent_channels 4) and black-forest-labs/FLUX.1-dev (16)',
  };
}

/** The form of the projections alone, where the list is cut before the attention over the text. */
function byLayout(failure: LoadFailure): Mix | undefined {
  if (!isCutLayoutList(failure)) return undefined;
  const { mismatches } = failure;
  const generations = mismatches.flatMap((mismatch) => projectionLayout(mismatch) ?? []).map(({ block }) => linearGeneration(block));
  const linear = generations.find((generation) => !generation.includes('XL')) ?? generations[0] ?? '';
  const isLinearFile = mismatches[0]?.checkpointShape.length === 2;
  return {
    checkpoint: isLinearFile ? linear : FIRST,
    model: isLinearFile ? FIRST : linear,
    confidence: 'likely',
    witnesses: mismatches,
    source:
      'configs of Stability-AI/stablediffusion, v2-inference.yaml: use_linear_in_transformer; stable-diffusion-2-1, unet/config.json: use_linear_projection',
    wouldDecide: [TEXT_WIDTH],
  };
}

const FIRST = 'Stable Diffusion 1.x';

const TEXT_WIDTH: Question = {
  question: 'How wide is the text that the file attends to: 768 (SD 1), 1024 (SD 2) or 2048 (XL)?',
  command:
    "python -c \"from safetensors import safe_open; f=safe_open('FILE','pt'); print([(k, f.get_slice(k).get_shape()) for k in f.keys() if 'attn2.to_k' in k][:2])\"",
};

export const sdVersionMix: Cause = {
  id: 'sd-version-mix',
  diagnose: ({ failure }: Case) => {
    const { mismatches } = failure;
    if (mismatches.length === 0) return decline('sd-version-mix', 'no shape differs');
    if (mismatches.every(isAdapterWeight))
      return decline('sd-version-mix', 'the parameters are those of an adapter, whose base model is the question');
    const mix =
      byText(mismatches) ??
      byAdded(mismatches) ??
      byInversion(mismatches) ??
      byBlock(mismatches) ??
      byLatent(mismatches) ??
      byLayout(failure);
    if (mix === undefined)
      return decline(
        'sd-version-mix',
        'neither the width of the text (768, 1024, 2048), nor of a block, nor the latent channels tell two generations apart',
      );
    return tell(failure, mix);
  },
};

function tell(failure: LoadFailure, mix: Mix): Diagnosis {
  const positions = positionsWhere(failure.mismatches, (mismatch) => belongs(mismatch, mix));
  const layouts = pick(failure, positions).filter(
    (mismatch) => projectionLayout(mismatch) !== undefined && !mix.witnesses.includes(mismatch),
  );
  return answer({
    cause: 'sd-version-mix',
    title: `Two generations are mixed: the checkpoint is ${mix.checkpoint}, the model was built as ${mix.model}.`,
    confidence: mix.confidence,
    specificity: 85,
    explained: explains(positions),
    evidence: evidenceOf(mix, layouts),
    remedies: remediesOf(mix),
    doesNotHelp: [STRICT_FALSE, ...reinitialises(failure, 'the parameters that differ')],
    afterwards: [
      ...mayGoOn(failure),
      'ControlNet, LoRA, textual inversion, IP-Adapter and VAE all have to be of the generation of the base model.',
    ],
    wouldDecide: mix.wouldDecide ?? [],
  });
}

function belongs(mismatch: Mismatch, mix: Mix): boolean {
  return (
    mix.witnesses.includes(mismatch) ||
    (mismatch.parameter !== undefined && (isUnetName(mismatch.parameter) || projectionLayout(mismatch) !== undefined)) ||
    isVaeLatent(mismatch)
  );
}

function evidenceOf(mix: Mix, layouts: readonly Mismatch[]): readonly Evidence[] {
  const [layout] = layouts;
  return [
    ...mix.witnesses.slice(0, 2).map((mismatch) => shows(mismatch, projectionLayout(mismatch) === undefined ? undefined : PROJECTIONS)),
    {
      statement: `${mix.witnesses.length === 1 ? '1 parameter differs' : `${mix.witnesses.length} of the parameters differ`} in this way; the two ${mix.wouldDecide === undefined ? 'sizes' : 'forms'} are those of ${mix.checkpoint} and ${mix.model} (${mix.source}).`,
    },
    ...(layout === undefined ? [] : [shows(layout, PROJECTIONS)]),
  ];
}

const PROJECTIONS = 'the projection is a 1×1 convolution in SD 1 and a linear layer in SD 2 and XL';

function remediesOf({ checkpoint, model }: Mix): readonly Remedy[] {
  if (/VAE/.test(checkpoint)) {
    return [
      {
        title: 'Choose the VAE that belongs to the base model',
        text: `The file is ${checkpoint}; where the model wants ${model.replace('a VAE', 'one')}, use the VAE shipped with the base model, or update an application that does not know the newer one.`,
      },
    ];
  }
  const advice: Remedy[] = [];
  if (checkpoint.includes('2.x'))
    advice.push({
      title: 'Tell the loader that the file is v2',
      text: 'Put the v2 configuration beside the checkpoint under the same name (`model.safetensors`, `model.yaml`), or set the v2 option of the training script (`--v2`, and `--v_parameterization` for the 768 px models).',
    });
  if (checkpoint.includes('1.x') && model.includes('2.x'))
    advice.push({
      title: 'Tell the loader that the file is v1',
      text: 'Drop the v2 option (`--v2`) or remove a stray v2 yaml beside the checkpoint; or choose a v2 base if the rest of the run is made for v2.',
    });
  if (checkpoint.includes('XL'))
    advice.push({
      title: 'Use the XL script or node for an XL file',
      text: 'In sd-scripts that is the one whose name begins with `sdxl_`; an old application has to be updated first.',
    });
  if (model.includes('XL') && !model.includes('2.x') && !checkpoint.includes('XL'))
    advice.push({
      title: `Use the script or node for ${checkpoint}`,
      text: 'The run is set up for XL; choose an XL checkpoint, or the script without XL.',
    });
  advice.push({
    title: 'Or choose a file of the generation that the run is made for',
    text: `The run expects ${model}; a conversion between the generations does not exist.`,
  });
  return advice;
}
