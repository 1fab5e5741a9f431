import { type Dialect, message, readKeys, readNotice } from './dialect.js';

/** Coqui Trainer and TTS, a partial load printed line by line; no shapes are told. */
export const coqui: Dialect = {
  name: 'coqui',
  library: 'Coqui TTS',
  severity: 'warning',
  patterns: [
    // The parameter exists on both sides, but the model did not get it.
    message(
      'dimension',
      'missmatch',
      { expression: /Layer dimention missmatch between model definition and checkpoint: (?<keys>\S{1,2048})/ },
      readKeys('missing-keys'),
      [
        {
          text: ' | > Layer dimention missmatch between model definition and checkpoint: text_encoder.emb.weight',
          states: [{ kind: 'missing-keys', keys: ['text_encoder.emb.weight'] }],
        },
      ],
    ),
    message(
      'missing',
      'Layer missing in the',
      { expression: /Layer missing in the checkpoint: (?<keys>\S{1,2048})/ },
      readKeys('missing-keys'),
      [{ text: ' | > Layer missing in the checkpoint: emb_l.weight', states: [{ kind: 'missing-keys', keys: ['emb_l.weight'] }] }],
    ),
    message(
      'unexpected',
      'Layer missing in the',
      { expression: /Layer missing in the model definition: (?<keys>\S{1,2048})/ },
      readKeys('unexpected-keys'),
      [{ text: ' | > Layer missing in the model definition: emb_g.weight', states: [{ kind: 'unexpected-keys', keys: ['emb_g.weight'] }] }],
    ),
    message(
      'restored',
      'layers are restored',
      { expression: /(?<!\d)(?<loaded>\d{1,9}) \/ (?<total>\d{1,9}) layers are restored/ },
      (fields) => (fields.int('loaded') < fields.int('total') ? partial(fields) : []),
      [
        {
          text: ' | > 732 / 781 layers are restored.',
          states: [{ kind: 'notice', topic: 'partial-transfer', values: { loaded: 732, total: 781 } }],
        },
      ],
    ),
  ],
};

const partial = readNotice('partial-transfer', (fields) => ({ loaded: fields.int('loaded'), total: fields.int('total') }));
