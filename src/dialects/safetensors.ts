import { type Dialect, message, readNotice } from './dialect.js';

/**
 * A file whose header cannot be read: cut while it was downloaded, a git-lfs pointer, or another format (bindings/python/src/lib.rs,
 * safetensors/src/tensor.rs). Releases before 0.5 print the name of the Rust variant (`HeaderTooLarge`), later ones a sentence. Shapes that
 * differ in `safetensors.torch.load_model` are told in PyTorch's words and read by the dialect `torch`.
 */
export const safetensors: Dialect = {
  name: 'safetensors',
  library: 'safetensors',
  severity: 'error',
  patterns: [
    message(
      'header',
      'deserializing header',
      // The reason ends at a quote where the exception stands in a repr().
      { expression: /rror while deserializing header: (?<reason>[\w-]+(?:[ ,:]+[\w.()-]+){0,24})/, opens: 'rror while deserializing' },
      readNotice('file-damaged', (fields) => ({ reason: fields.text('reason').replace(/[.:]$/, '') })),
      [
        {
          text: 'safetensors_rust.SafetensorError: Error while deserializing header: incomplete metadata, file not fully covered',
          states: [{ kind: 'notice', topic: 'file-damaged', values: { reason: 'incomplete metadata, file not fully covered' } }],
        },
        {
          text: 'safetensors_rust.SafetensorError: Error while deserializing header: HeaderTooLarge',
          states: [{ kind: 'notice', topic: 'file-damaged', values: { reason: 'HeaderTooLarge' } }],
        },
        {
          text: 'SafetensorError: Error while deserializing header: InvalidHeaderDeserialization',
          states: [{ kind: 'notice', topic: 'file-damaged', values: { reason: 'InvalidHeaderDeserialization' } }],
        },
        {
          text: 'SafetensorError: Error while deserializing header: invalid JSON in header: EOF while parsing a value at line 1 column 0',
          states: [
            {
              kind: 'notice',
              topic: 'file-damaged',
              values: { reason: 'invalid JSON in header: EOF while parsing a value at line 1 column 0' },
            },
          ],
        },
      ],
    ),
  ],
};
