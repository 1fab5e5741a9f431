import { cluesOf } from '../../model/clue.js';
import type { Case } from '../../model/diagnosis.js';
import type { Mismatch } from '../../model/failure.js';
import { common } from '../pairs.js';
import { roleOf } from '../roles.js';

/**
 * LLaVA and what is built like it: a language model with a vision tower and a projector that are loaded by hand. Source: haotian-liu/LLaVA v1.2.2.post1,
 * llava/train/train.py, llava/model/llava_arch.py, llava/model/multimodal_encoder/builder.py, multimodal_projector/builder.py.
 */
const FUNCTIONS = [
  'initialize_vision_modules',
  'build_vision_tower',
  'build_vision_projector',
  'initialize_vision_tokenizer',
  'load_from_medclip',
];
const SCRIPTS = ['llava', 'train_mem.py', 'medclip'];
const NAMES = ['mm_projector', 'vision_tower', 'MedCLIP', 'VisionTower'];

/** A language model with a vision tower and a projector that are loaded by hand. */
export function isLlavaFamily(subject: Case): boolean {
  const { failure } = subject;
  if (usesLlavaScripts(subject)) return true;
  const names = [
    failure.modelClass ?? '',
    ...failure.mismatches.map(({ parameter }) => parameter ?? ''),
    ...failure.traceback.map(({ code }) => code ?? ''),
  ];
  return names.some((name) => NAMES.some((known) => name.includes(known))) || isTwoLayerProjector(failure.modelClass, failure.mismatches);
}

/** LLaVA's own scripts, or a fork that kept them: then the names of its configuration files are known. */
export function usesLlavaScripts({ failure, clues }: Case): boolean {
  if (cluesOf(clues, 'project').some(({ name }) => name.toLowerCase().includes('llava'))) return true;
  if (failure.traceback.some((frame) => FUNCTIONS.includes(frame.function))) return true;
  const places = [
    failure.modelClass ?? '',
    ...failure.traceback.map(({ file }) => file),
    ...cluesOf(clues, 'command-line').map(({ command }) => command),
  ];
  return places.some((place) => SCRIPTS.some((script) => place.toLowerCase().includes(script)));
}

/** `mlp2x_gelu`: Sequential(Linear, GELU, Linear), so the names are 0.weight, 0.bias, 2.weight, 2.bias; it reads what a known tower gives. */
function isTwoLayerProjector(modelClass: string | undefined, mismatches: readonly Mismatch[]): boolean {
  const names = mismatches.flatMap(({ parameter }) => parameter ?? []);
  return (
    modelClass === 'Sequential' &&
    names.includes('0.weight') &&
    names.includes('2.weight') &&
    names.every((name) => /^[02]\.(weight|bias)$/.test(name)) &&
    readsTower(projectorShape(mismatches)?.[1])
  );
}

/** hidden_size of common towers, from the config.json of each on the Hugging Face hub. */
const TOWER_WIDTHS: readonly (readonly [number, string])[] = [
  [768, 'CLIP ViT-B, SigLIP base, Swin-T and Swin-S'],
  [1024, 'CLIP ViT-L/14, SigLIP large, Swin-B'],
  [1152, 'SigLIP so400m'],
  [1280, 'CLIP ViT-H/14'],
  [1408, 'EVA-CLIP ViT-g'],
  [1536, 'DINOv2 giant, Swin-L'],
  [1664, 'CLIP ViT-bigG'],
  [3200, 'InternViT-6B'],
];

/** What to compare once the placeholders are gone: the projector reads as many features as the tower gives. */
export function towerCheck(listed: readonly Mismatch[]): string {
  const projector = projectorShape(listed);
  if (projector !== undefined) return projectorSentence(projector[1], projector[0]);
  const width = towerWidth(listed);
  if (width === undefined) {
    return 'A second fault may hide behind [0]: check that vision_tower.hidden_size equals the input width of mm_projector (config.mm_hidden_size).';
  }
  const stock =
    width === 1024 ? '' : ` A projector that was pre-trained for LLaVA's stock tower (CLIP ViT-L/14) reads 1024 and does not fit it.`;
  return `A second fault may hide behind [0]: by the checkpoint's last norm the tower gives ${width} features, so hidden_size must return ${width} and mm_projector must read ${width} (config.mm_hidden_size).${stock}`;
}

/** One tower's width, or several scales of a 1024-wide one (s2_scales). */
function readsTower(input: number | undefined): boolean {
  return input !== undefined && (TOWER_WIDTHS.some(([width]) => width === input) || (input > 1024 && input % 1024 === 0));
}

function projectorSentence(input: number, output: number): string {
  const fits = TOWER_WIDTHS.find(([width]) => width === input)?.[1];
  const scales = input % 1024 === 0 && input > 1024 ? ` or to ${input / 1024} scales of a 1024-wide tower (s2_scales)` : '';
  const who =
    fits === undefined
      ? `${scales === '' ? ', which is the width of no common tower' : `: that belongs to a ${input}-wide tower${scales}`}`
      : ` (${fits})`;
  const misfit = input === 1024 ? '' : " It does not fit LLaVA's stock tower CLIP ViT-L/14 (1024).";
  return `A second fault may hide behind [0]: the projector in the file reads ${input} features${who} and writes ${output}; check that vision_tower.hidden_size is ${input} and the language model's hidden_size ${output}.${misfit}`;
}

/** [output width, input width] of the projector's first layer. */
function projectorShape(listed: readonly Mismatch[]): readonly [number, number] | undefined {
  const first = listed.find(({ parameter }) => /(^|mm_projector\.)(0\.)?weight$/.test(parameter ?? ''));
  const [output, input, ...more] = first?.checkpointShape ?? [];
  return output === undefined || input === undefined || more.length > 0 ? undefined : [output, input];
}

/** The image half of a model that has a text half beside it (CLIP and its kin): only this half becomes the tower. */
const IMAGE_HALF = /(^|\.)(visual|vision_model|vision_tower|vision_encoder|image_encoder|visual_encoder)\.(?!.*\b(ln_final|text\w*)\b)/;

/** The width of the last norm outside the blocks; towers that narrow or widen (Swin) end wider than they begin. */
function towerWidth(listed: readonly Mismatch[]): number | undefined {
  const image = listed.filter(({ parameter }) => IMAGE_HALF.test(parameter ?? ''));
  const norms = (image.length > 0 ? image : listed).filter(
    ({ parameter, checkpointShape }) => roleOf(parameter) === 'norm' && checkpointShape.length === 1,
  );
  const last = norms.findLast(({ parameter }) => /^(?!.*(embed|pre_?la?y|ln_pre))\D*$/.test(parameter ?? ''));
  // Norms inside the blocks tell the width only where all have the same: a list that is cut ends anywhere.
  return last?.checkpointShape[0] ?? common(norms.map(({ checkpointShape }) => checkpointShape[0]));
}
