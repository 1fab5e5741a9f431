import type { LoadFailure } from '../../model/failure.js';
import { isAdapterKey, targetModule } from './adapter-keys.js';
import { distinct, rangeOf } from './wording.js';

/** Adapter keys that only one side has, once the adapter's own name is left out of account. */
export interface AdapterDifferences {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  /** Layers that only the model has adapters on, and those that only the file has. */
  readonly modelTargets: readonly string[];
  readonly fileTargets: readonly string[];
  /** Keys that agree as soon as the adapter's name is taken out (`lora_A.default.weight`, `lora_A.weight`). */
  readonly renamed: number;
  /** No key of the file has the adapter's name in it, and all of the model's, if any. */
  readonly isNameless: boolean;
  /** The same places occur on both sides under two paths: the module that holds the layers was renamed. */
  readonly isMoved: boolean;
}

/**
 * PEFT keeps the adapter's name in the model's keys and leaves it out of the file; `set_peft_model_state_dict` inserts it only where the model
 * has a place for the key, so that what it could not place is reported without it. peft, utils/save_and_load.py.
 */
function withoutAdapterName(key: string): string {
  return key.replace(/\.(lora_(?:A|B|E|embedding_A|embedding_B|magnitude_vector))\.(?!weight$)\w+/, '.$1');
}

const lacksAdapterName = (key: string): boolean => withoutAdapterName(key) === key;

/** `3.self_attn.q_proj.lora_A.weight`: where the layer stands, without the path that leads to the stack of layers. */
function placeOf(key: string): string {
  return withoutAdapterName(key).replace(/^.*\.(?=\d+\.)/, '');
}

export function adapterDifferences({ missingKeys, unexpectedKeys }: LoadFailure): AdapterDifferences {
  const [inModel, inFile] = [missingKeys.filter(isAdapterKey), unexpectedKeys.filter(isAdapterKey)];
  const [modelNames, fileNames] = [new Set(inModel.map(withoutAdapterName)), new Set(inFile.map(withoutAdapterName))];
  const missing = inModel.filter((key) => !fileNames.has(withoutAdapterName(key)));
  const unexpected = inFile.filter((key) => !modelNames.has(withoutAdapterName(key)));
  const places = new Set(missing.map(placeOf));
  return {
    missing,
    unexpected,
    modelTargets: targetsOf(missing),
    fileTargets: targetsOf(unexpected),
    renamed: inModel.length - missing.length,
    isNameless: inFile.length > 0 && !inModel.some(lacksAdapterName) && inFile.every(lacksAdapterName),
    isMoved: unexpected.some((key) => places.has(placeOf(key))),
  };
}

function targetsOf(keys: readonly string[]): readonly string[] {
  return distinct(keys.flatMap((key) => targetModule(key) ?? []));
}

/** `0 to 15`: the numbers of the layers that the adapters of these keys sit on. */
export function layersOf(keys: readonly string[]): string | undefined {
  const numbers = distinct(keys.flatMap((key) => /\.(\d+)\./.exec(key)?.[1] ?? [])).map(Number);
  if (numbers.length === 0) return undefined;
  const [first, last] = rangeOf(numbers);
  return first === last ? String(first) : `${first} to ${last}`;
}
