import type { Diagnosis } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { isSameShape } from '../../model/shape.js';
import { STRICT_FALSE } from '../advice.js';
import { withoutNumbers } from '../roles.js';
import { type AdapterTensor, adapterTensors } from './adapter-tensors.js';
import { counted, moreMaySurface, shownFirst } from './wording.js';

/** Every other base would change a width; here each shape of the file is one of the model's, under the name of a sibling. */
export function areExchanged({ mismatches }: LoadFailure, tensors: readonly AdapterTensor[]): boolean {
  const holders = new Map<string, Set<string>>();
  for (const tensor of tensors) {
    const pair = pairOf(tensor, mismatches[tensor.position], false);
    holders.set(pair, (holders.get(pair) ?? new Set()).add(withoutNumbers(tensor.module)));
  }
  return tensors.every((tensor) => {
    const others = holders.get(pairOf(tensor, mismatches[tensor.position], true)) ?? [];
    return [...others].some((module) => module !== withoutNumbers(tensor.module));
  });
}

/** The half, the block that the module stands in, and both shapes, in the order of the list or the other way round. */
function pairOf({ half, module }: AdapterTensor, mismatch: Mismatch | undefined, isReversed: boolean): string {
  const shapes = [mismatch?.checkpointShape.join('x') ?? '', mismatch?.modelShape.join('x') ?? ''];
  const parent = withoutNumbers(outerModule(module)).replace(/[.][^.]+$/, '');
  return [half, parent, ...(isReversed ? shapes.toReversed() : shapes)].join(' ');
}

/** `[a, b]` against `[b, a]` on every line: an axis order, or a list typed by hand. */
export function areTransposed({ mismatches }: LoadFailure, tensors: readonly AdapterTensor[]): boolean {
  return tensors.every(({ position }) => {
    const { checkpointShape = [], modelShape = [] } = mismatches[position] ?? {};
    return checkpointShape.length > 1 && isSameShape(checkpointShape, modelShape.toReversed());
  });
}

/** lora_A is [r, inputs] and lora_B [outputs, r]: one oblong shape for both halves of a layer is nothing that a library stores. */
export function hasHalvesOfOneShape(failure: LoadFailure): boolean {
  const halves = new Map<string, AdapterTensor['half']>();
  return adapterTensors(failure).some(({ half, module, position }) => {
    const { checkpointShape = [] } = failure.mismatches[position] ?? {};
    if (checkpointShape[0] === checkpointShape[1]) return false;
    const key = `${module} ${checkpointShape.join('x')}`;
    const other = halves.get(key);
    halves.set(key, half);
    return other !== undefined && other !== half;
  });
}

const outerModule = (module: string): string => module.replace(/(\.base_layer)+$/, '');

/**
 * `experts.lora_A` and `experts.base_layer.lora_A`: PEFT wraps a module once for each adapted parameter of it, the later around the earlier
 * (peft, tuners/lora/layer.py, ParamWrapper). Which parameter comes first follows from the order of matching, and the names do not tell.
 */
export function areNested(failure: LoadFailure, tensors: readonly AdapterTensor[]): boolean {
  const levels = new Set(tensors.map(({ module }) => module.endsWith('.base_layer')));
  return (
    levels.size === 2 &&
    new Set(tensors.map(({ module }) => withoutNumbers(outerModule(module)))).size === 1 &&
    areExchanged(failure, tensors)
  );
}

export function otherNesting(failure: LoadFailure, tensors: readonly AdapterTensor[]): Diagnosis {
  const positions = tensors.map(({ position }) => position);
  return {
    verdict: 'diagnosis',
    cause: 'lora-target-modules',
    title:
      'The adapters of two parameters of one module changed places: the file has on the inner wrapper (`base_layer`) what the model has on the outer one. Nothing was resized.',
    confidence: 'certain',
    specificity: 86,
    explained: { mismatches: positions, missingKeys: [], unexpectedKeys: [] },
    evidence: [
      {
        statement: `${counted(positions.length, 'tensor differs', 'tensors differ')}, and each shape of the file is that of the other wrapper in the model: rank, widths and base agree`,
      },
      ...shownFirst(failure.mismatches, positions),
    ],
    remedies: [
      {
        title: 'Wrap the parameters in the order of the run that saved the adapter',
        text: 'PEFT nests one wrapper for each entry of `target_parameters`; the order comes from that list or from the parameters of the module, by release. Load with the releases of PEFT and transformers that saved the file (they stand in its README.md and adapter_config.json), with the same `target_parameters`.',
        snippet: { language: 'bash', code: 'grep -A6 -E "target_parameters|peft_version" adapter_config.json' },
      },
      {
        title: 'Or exchange the names in the file',
        text: 'Move `experts.base_layer.lora_*` to `experts.lora_*` and back, in every layer where the shapes say so; the tensors themselves are whole.',
      },
    ],
    doesNotHelp: [
      STRICT_FALSE,
      { advice: 'Another base model, or another `r`', reason: 'both sides have the same widths and ranks, under exchanged names.' },
    ],
    afterwards: moreMaySurface(failure),
    wouldDecide: [],
  };
}
