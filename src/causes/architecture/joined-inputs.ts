import type { Evidence } from '../../model/diagnosis.js';
import type { Mismatch } from '../../model/failure.js';
import { isFirstOfMlp } from './head-inputs.js';

/** What is joined to the inputs of a layer: three coordinates, or something that one side lacks. */
export function joinedInputs(list: readonly Mismatch[]): readonly Evidence[] {
  const inputs = list.flatMap(({ parameter, checkpointShape, modelShape }) => {
    const [checkpoint = 0, model = 0] = [checkpointShape[1], modelShape[1]];
    return checkpoint === model ? [] : [{ parameter, checkpoint, model }];
  });
  const pointed = inputs.filter(({ checkpoint, model }) => [checkpoint, model].every((size) => size > 32 && size % 32 === 3));
  const [point] = pointed;
  if (point !== undefined && pointed.length === inputs.length) {
    const said = [point.checkpoint, point.model].map((size) => `${size} = ${size - 3} + 3`).join(' and ');
    return [{ statement: `${said}: features and three coordinates, so what the layer reads was grouped in another way.` }];
  }
  const [only] = inputs;
  if (only === undefined || list.length > 1 || !isFirstOfMlp(only.parameter)) return [];
  const [more, side] = [Math.abs(only.checkpoint - only.model), only.checkpoint > only.model ? 'checkpoint' : 'model'];
  return [
    {
      statement: `The first layer of an MLP has ${more} inputs more in the ${side}: something that is joined in front of it, such as an embedding or a direction, is switched on there only.`,
    },
  ];
}
