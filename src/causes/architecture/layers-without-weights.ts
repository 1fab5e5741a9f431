import type { LoadFailure } from '../../model/failure.js';

/** A layer inside a numbered list: `conv_block` of `resblocks.3`, number 6, with what it holds. */
interface Place {
  readonly parent: string;
  readonly index: number;
  readonly leaf: string;
}

export interface Shift {
  /** The numbers of one list, an example: `resblocks.0.conv_block`. */
  readonly parent: string;
  readonly checkpoint: number;
  readonly model: number;
  readonly lists: number;
}

const PLACE = /^(.+)\.(\d+)\.(weight|bias|running_mean|running_var|num_batches_tracked)$/;
/** A dropout, an activation and a padding together are as much as stands between two layers. */
const MOST = 3;

export function placeOf(key: string): Place | undefined {
  const [, parent, index, leaf] = PLACE.exec(key) ?? [];
  return parent === undefined || leaf === undefined ? undefined : { parent, index: Number(index), leaf };
}

/**
 * In every list the layer that is missing under one number is unexpected under another, always as far apart: a layer without weights (dropout,
 * activation, padding) stands in front of it on one side alone. A list that was cut may lack a few of the counterparts.
 */
export function shiftedNumbers({ mismatches, missingKeys, unexpectedKeys }: LoadFailure): Shift | undefined {
  if (mismatches.length > 0) return undefined;
  const [model, file] = [placesIn(missingKeys), placesIn(unexpectedKeys)];
  if (model === undefined || file === undefined || model.length === 0 || file.length === 0) return undefined;
  const pairs = inPairs(model, file);
  const [first] = pairs;
  if (first === undefined || pairs.length < 0.8 * Math.max(model.length, file.length)) return undefined;
  const by = first.ours.index - first.theirs.index;
  if (Math.abs(by) > MOST || by === 0 || !pairs.every(({ ours, theirs }) => ours.index - theirs.index === by)) return undefined;
  const { parent } = first.ours;
  return { parent, checkpoint: first.theirs.index, model: first.ours.index, lists: new Set(model.map((place) => place.parent)).size };
}

/** The layers of each list in their order; where one side's list goes on, it was cut on the other. */
function inPairs(model: readonly Place[], file: readonly Place[]): readonly { readonly ours: Place; readonly theirs: Place }[] {
  const [ours, theirs] = [inLists(model), inLists(file)];
  return [...ours].flatMap(([list, places]) => {
    const others = theirs.get(list) ?? [];
    return places.flatMap((place, position) => {
      const other = others[position];
      return other === undefined ? [] : [{ ours: place, theirs: other }];
    });
  });
}

function inLists(places: readonly Place[]): ReadonlyMap<string, readonly Place[]> {
  const lists = new Map<string, Place[]>();
  for (const place of places.toSorted((a, b) => a.index - b.index)) {
    const list = `${place.parent} ${place.leaf}`;
    lists.set(list, [...(lists.get(list) ?? []), place]);
  }
  return lists;
}

function placesIn(keys: readonly string[]): readonly Place[] | undefined {
  const places = keys.map(placeOf);
  return places.includes(undefined) ? undefined : places.flatMap((place) => place ?? []);
}

export interface OneNumber {
  readonly side: 'checkpoint' | 'model';
  /** `conv_block` */
  readonly list: string;
  readonly index: number;
  readonly blocks: number;
}

/**
 * One side's list alone, of which each block shows the same one number inside: the layers in front of it are not listed, so the blocks are there
 * on both sides. What would be the counterpart was cut off, or the block has a layer more.
 */
export function oneNumberInEveryBlock({ mismatches, missingKeys, unexpectedKeys }: LoadFailure): OneNumber | undefined {
  const isModel = missingKeys.length > 0;
  const places = placesIn(isModel ? missingKeys : unexpectedKeys);
  const [first] = places ?? [];
  if (first === undefined || mismatches.length > 0 || (isModel && unexpectedKeys.length > 0) || first.index < 2) return undefined;
  const form = (parent: string) => parent.replace(/\d+/g, '*');
  const blocks = new Set(places?.map(({ parent }) => parent));
  const isOne = places?.every(({ parent, index }) => index === first.index && form(parent) === form(first.parent)) === true;
  const list = first.parent.split('.').at(-1) ?? '';
  // A bias alone is an option of the layer and no layer.
  if (places?.some(({ leaf }) => leaf === 'weight') !== true) return undefined;
  // `layers.4.weight` is a layer of its own; inside a block the list has a name behind the block's number.
  if (!isOne || blocks.size < 2 || !/\.\d+\.[a-z_]\w*$/i.test(first.parent)) return undefined;
  return { side: isModel ? 'model' : 'checkpoint', list, index: first.index, blocks: blocks.size };
}
