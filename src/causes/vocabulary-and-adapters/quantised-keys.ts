import { type Decline, type Diagnosis, decline } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { packingRemedies, servedRemedies } from './packing-remedies.js';
import { markerOf } from './packing-table.js';
import { counted, distinct, listed, moreMaySurface } from './wording.js';

const ID = 'quantized-packed';

export interface MarkedKeys {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly formats: readonly string[];
  readonly sources: readonly string[];
}

/** Keys of quantised layers on one side, and the plain weights of the same layers that the other side has instead. */
export function markedKeys({ missingKeys, unexpectedKeys }: LoadFailure): MarkedKeys | undefined {
  const [fromFile, fromModel] = [withCompanions(unexpectedKeys), withCompanions(missingKeys)];
  const isFile = fromFile.length >= fromModel.length;
  const [marked, opposite] = isFile ? [fromFile, missingKeys] : [fromModel, unexpectedKeys];
  const markers = marked.flatMap((key) => markerOf(key) ?? []);
  const layers = new Set(marked.map(layerOf));
  const replaced = opposite.filter((key) => !isMarked(key) && layers.has(layerOf(key)));
  const names = new Set(marked);
  const isMlx = layers.size > 0 && [...layers].every((layer) => names.has(`${layer}.scales`) && names.has(`${layer}.biases`));
  if (marked.length === 0 || (markers.every(({ weak }) => weak === true) && replaced.length === 0 && !isMlx)) return undefined;
  const formats = isMlx ? ['MLX'] : distinct(markers.filter(({ weak }) => weak !== true).map(({ format }) => format));
  const sources = distinct(markers.filter(({ format }) => !isMlx || format === 'MLX').map(({ source }) => source));
  return {
    missing: isFile ? replaced : marked,
    unexpected: isFile ? marked : replaced,
    formats: formats.length > 0 ? formats : distinct(markers.filter(({ format }) => format !== 'MLX').map(({ format }) => format)),
    sources,
  };
}

/** `fc.scale` and `fc.zero_point` tell nothing alone; beside `fc._packed_params` they are its own. */
function withCompanions(keys: readonly string[]): readonly string[] {
  const packed = new Set(keys.filter((key) => key.includes('._packed_params')).map(layerOf));
  return keys.filter((key) => isMarked(key) || packed.has(key.replace(/\.(scale|zero_point)$/, '')));
}

const isMarked = (key: string): boolean => markerOf(key) !== undefined;

/** The layer that a key belongs to: `q_proj.qweight`, `q_proj.weight.absmax`, `down_proj_blocks` and `down_proj` agree. */
function layerOf(key: string): string {
  const marker = markerOf(key);
  const bare = marker === undefined ? key : key.replace(marker.suffix, (found) => (found.startsWith('_proj') ? '_proj' : ''));
  return bare.replace(/\.(weight|bias)$/, '');
}

export function otherKeys(failure: LoadFailure, keys: MarkedKeys): Diagnosis | Decline {
  const { missing, unexpected, formats, sources } = keys;
  const fromFile = unexpected.some(isMarked);
  const bothSided = failure.missingKeys.some(isMarked) && failure.unexpectedKeys.some(isMarked);
  const isWholeBaseMissing = !fromFile && unexpected.length === 0 && failure.missingKeys.length > missing.length;
  if (isWholeBaseMissing)
    return decline(ID, 'the layers are missing as a whole, not only their quantisation (key-prefix, expected-partial-load)');
  if (bothSided) return decline(ID, 'both sides are quantised and their keys differ in another way (key-prefix, library-version-drift)');
  const marked = fromFile ? unexpected : missing;
  if (isFirstOnly(failure) && fromFile) return tellFirst(failure, keys);
  const rest = failure.missingKeys.length + failure.unexpectedKeys.length - missing.length - unexpected.length;
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: fromFile
      ? `The checkpoint is quantised (${listed(formats)}), the model was built with ordinary layers: ${counted(marked.length, 'key')} of the quantisation found no place.`
      : `The model was built with quantised layers (${listed(formats)}), the checkpoint is not quantised: ${counted(marked.length, 'key')} of the quantisation ${marked.length === 1 ? 'is' : 'are'} missing.`,
    confidence: rest <= marked.length ? 'certain' : 'likely',
    specificity: 85,
    explained: { mismatches: [], missingKeys: missing, unexpectedKeys: unexpected },
    evidence: [
      {
        statement: `${fromFile ? 'Unexpected' : 'Missing'}: \`${marked.find(isMarked)}\`, a key that only quantised layers have (${sources[0]})`,
        at: failure.at,
      },
      ...(missing.length > 0 && unexpected.length > 0
        ? [
            {
              statement: `The other side has the same layers under plain names (${counted(fromFile ? missing.length : unexpected.length, 'key')})`,
            },
          ]
        : []),
    ],
    remedies: packingRemedies('keys', fromFile ? 'checkpoint' : 'model', listed(formats)),
    doesNotHelp: [
      { advice: 'strict=False', reason: 'it drops the scales: the packed numbers are then read as weights, or the layers stay random.' },
    ],
    afterwards: moreMaySurface(failure),
    wouldDecide: [],
  };
}

/** A loader that stopped at the first key: the layer was built without quantisation, or with another one. */
function isFirstOnly({ missingKeys, unexpectedKeys, incompleteReasons }: LoadFailure): boolean {
  return unexpectedKeys.length === 1 && missingKeys.length === 0 && incompleteReasons.includes('first-only');
}

function tellFirst(failure: LoadFailure, { unexpected, formats, sources }: MarkedKeys): Diagnosis {
  const [key = ''] = unexpected;
  const layer = layerOf(key);
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: `The file has \`${layer}\` quantised (${listed(formats)}), the model was built without that quantisation for this layer: \`${key}\` found no place.`,
    confidence: 'likely',
    specificity: 85,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys: unexpected },
    evidence: [
      { statement: `\`${key}\` belongs to a quantised layer alone (${sources[0]}), and the loader stopped at it`, at: failure.at },
    ],
    remedies: [...servedRemedies(`\`${layer}\``), ...packingRemedies('keys', 'checkpoint', listed(formats)).slice(1)],
    doesNotHelp: [{ advice: 'skipping the key', reason: 'the packed numbers are then read without their scales.' }],
    afterwards: moreMaySurface(failure),
    wouldDecide: [
      {
        question: 'Does the configuration quantise this layer, and in the format of the file?',
        command: 'grep -A30 quantization_config config.json',
      },
    ],
  };
}
