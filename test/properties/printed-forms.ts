import { dialects } from '../../src/dialects/index.js';
import { createReader } from '../../src/dialects/read.js';
import { parseShape } from '../../src/model/pattern.js';
import { isSameShape, type Shape } from '../../src/model/shape.js';

export interface Printed {
  readonly parameter: string;
  readonly checkpointShape: Shape;
  readonly modelShape: Shape;
}

/** How one dialect words a mismatch, made out of one of its samples. */
export interface PrintedForm {
  readonly name: string;
  /** What stands once in front of such lines; rows of tables have a heading. */
  readonly heading: string;
  readonly print: (mismatch: Printed) => string;
}

/** Forms whose numbers say which side is which, or that a side is not known: other numbers say other things. */
const TELLING_NUMBERS: ReadonlySet<string> = new Set([
  'ggml/shape-in-file', // four axes are stable-diffusion.cpp's, which prints the file first
  'ggml/shape', // axes of 1 at the end fill the row up to four
  'mxnet/shape', // 0 stands for a width that is not known yet
]);

const reader = createReader(dialects);
const SHAPE = /(?:torch\.Size\()?(?:\[[\d, ]*\]|\([\d, ]*\))\)?|\[\d+(?: x \d+)+\]|\d+(?:, *\d+)+/g;

/** All samples in which the name and both shapes of one mismatch stand, each once, so that others can be put in their places. */
export const printedForms: readonly PrintedForm[] = dialects.flatMap((dialect) =>
  dialect.patterns.flatMap(({ name, within, samples }) => {
    const heading = within === undefined ? '' : (dialect.patterns.find((pattern) => pattern.name === within)?.samples[0]?.text ?? '');
    return samples.flatMap(({ text, states }, index) => {
      const told = states.filter((statement) => statement.kind === 'mismatch');
      const [mismatch] = told;
      if (mismatch?.parameter === undefined || told.length !== 1 || mismatch.folded === true || text.includes('\n')) return [];
      if (TELLING_NUMBERS.has(`${dialect.name}/${name}`)) return [];
      const print = printerOf(text, { ...mismatch, parameter: mismatch.parameter });
      const form = { name: `${dialect.name}/${name} ${index}`, heading: heading === '' ? '' : `${heading}\n`, print };
      return print !== undefined && isFaithful(print, within === undefined ? undefined : `${dialect.name}/${within}`)
        ? [{ ...form, print }]
        : [];
    });
  }),
);

function printerOf(text: string, { parameter, checkpointShape, modelShape }: Printed): ((mismatch: Printed) => string) | undefined {
  const at = text.indexOf(parameter);
  if (at < 0 || text.indexOf(parameter, at + 1) >= 0) return undefined;
  const shapes = [...text.matchAll(SHAPE)].map((found) => ({ at: found.index, text: found[0], shape: parseShape(found[0]) }));
  const checkpoint = shapes.filter(({ shape }) => isSameShape(shape, checkpointShape));
  const model = shapes.filter(({ shape }) => isSameShape(shape, modelShape));
  if (checkpoint.length !== 1 || model.length !== 1 || isSameShape(checkpointShape, modelShape)) return undefined;
  const places = [
    { at, length: parameter.length, write: (mismatch: Printed) => mismatch.parameter },
    ...checkpoint.map((place) => ({
      at: place.at,
      length: place.text.length,
      write: (mismatch: Printed) => like(place.text, mismatch.checkpointShape),
    })),
    ...model.map((place) => ({
      at: place.at,
      length: place.text.length,
      write: (mismatch: Printed) => like(place.text, mismatch.modelShape),
    })),
  ].sort((a, b) => b.at - a.at);
  return (mismatch) =>
    places.reduce((line, place) => line.slice(0, place.at) + place.write(mismatch) + line.slice(place.at + place.length), text);
}

/** A shape in the notation of another. */
function like(notation: string, shape: Shape): string {
  if (notation.startsWith('torch.Size(')) return `torch.Size([${shape.join(', ')}])`;
  if (notation.includes(' x ')) return `[${shape.join(' x ')}]`;
  const inside = shape.join(notation.includes(', ') || !notation.includes(',') ? ', ' : ',');
  if (notation.startsWith('(')) return shape.length === 1 ? `(${inside},)` : `(${inside})`;
  return notation.startsWith('[') ? `[${inside}]` : inside;
}

/** A sample may hold its name or its numbers in a second notation; such a one cannot be printed anew. */
function isFaithful(print: (mismatch: Printed) => string, section: string | undefined): boolean {
  const example = { parameter: 'model.layers.7.proj.weight', checkpointShape: [640, 48], modelShape: [320, 48] };
  const { claims } = reader.read(print(example), section);
  const [told] = claims.flatMap(({ statements }) => statements).filter((statement) => statement.kind === 'mismatch');
  return (
    told?.parameter === example.parameter &&
    isSameShape(told.checkpointShape, example.checkpointShape) &&
    isSameShape(told.modelShape, example.modelShape)
  );
}
