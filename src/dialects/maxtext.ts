import type { Statement } from '../model/finding.js';
import type { Fields } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, message, readFirstMismatch, readMismatch } from './dialect.js';

/** MaxText, src/maxtext/utils/model_creation_utils.py. Errors show five paths at most; the log of what is padded shows all. */
export const maxtext: Dialect = {
  name: 'maxtext',
  library: 'MaxText',
  severity: 'error',
  patterns: [
    // The arrays are loaded at their stored shape, then padded or repeated.
    message(
      'padded',
      'mismatch',
      { expression: /Checkpoint shape mismatches \(\d+ arrays\): loading/ },
      () => [{ kind: 'header' }],
      [
        {
          text: 'Checkpoint shape mismatches (2 arrays): loading sharded at stored shape and padding each local shard after restore.',
          states: [{ kind: 'header' }],
        },
      ],
      { severity: 'warning' },
    ),
    message(
      'padded-array',
      'stored=',
      { expression: /(?<![^\s])(?<parameter>[^\s:]{1,2048}): stored=(?<checkpointShape>\([\d, ]*\)) -> model=(?<modelShape>\([\d, ]*\))/ },
      readMismatch(),
      [
        {
          text: '  params.decoder.layers.mlp.wi_0.kernel: stored=(2048, 48, 768) -> model=(2048, 48, 1024)',
          states: [
            {
              kind: 'mismatch',
              parameter: 'params.decoder.layers.mlp.wi_0.kernel',
              checkpointShape: [2048, 48, 768],
              modelShape: [2048, 48, 1024],
            },
          ],
        },
      ],
      { severity: 'warning' },
    ),
    message(
      'ranks',
      'mismatch',
      { expression: /Checkpoint rank mismatches detected \((?<count>\d+) arrays\)/ },
      (fields) => [{ kind: 'header' }, ...cutAfterFive(fields)],
      [
        {
          text: 'ValueError: Checkpoint rank mismatches detected (12 arrays):',
          states: [{ kind: 'header' }, { kind: 'incomplete', reason: 'cut' }],
        },
        { text: 'ValueError: Checkpoint rank mismatches detected (2 arrays):', states: [{ kind: 'header' }] },
      ],
    ),
    message(
      'ranks-array',
      'vs model shape',
      {
        expression:
          /(?<![^\s])(?<parameter>[^\s:]{1,2048}): checkpoint shape (?<checkpointShape>\([\d, ]*\)) \(rank \d+\) vs model shape (?<modelShape>\([\d, ]*\)) \(rank \d+\)/,
      },
      readMismatch(),
      [
        {
          text: '  params.decoder.layers.mlp.wo.kernel: checkpoint shape (28672, 32, 4096) (rank 3) vs model shape (28672, 4096) (rank 2)',
          states: [
            {
              kind: 'mismatch',
              parameter: 'params.decoder.layers.mlp.wo.kernel',
              checkpointShape: [28672, 32, 4096],
              modelShape: [28672, 4096],
            },
          ],
        },
      ],
    ),
    message(
      'structure',
      'mismatch',
      {
        expression:
          /Checkpoint structure mismatch: (?<count>\d+) of (?<total>\d+) model parameter paths were not found in the checkpoint(?<paths>[^\n]*(?:\n[^\n]*)*)/,
        maxLines: 7,
        continues: (line) => /^(?:Example missing paths:| {2}[^\s:]+$)/.test(line),
      },
      readStructure,
      [
        {
          text: 'ValueError: Checkpoint structure mismatch: 290 of 291 model parameter paths were not found in the checkpoint.\nExample missing paths:\n  params.decoder.layers_0.mlp.wo.kernel\n  params.decoder.layers_1.mlp.wo.kernel',
          states: [
            { kind: 'header' },
            { kind: 'notice', topic: 'object-count', values: { objects: 'parameters', model: 291, notFound: 290 } },
            { kind: 'missing-keys', keys: ['params.decoder.layers_0.mlp.wo.kernel', 'params.decoder.layers_1.mlp.wo.kernel'] },
            { kind: 'incomplete', reason: 'cut' },
          ],
        },
      ],
    ),
    message(
      'different-ranks',
      'have different ranks',
      template('Checkpoint and model arrays have different ranks: {checkpointShape} vs {modelShape}'),
      readFirstMismatch(),
      [
        {
          text: 'ValueError: Checkpoint and model arrays have different ranks: (32, 4096, 14336) vs (4096, 14336). If the checkpoint was saved with scan_layers=True (stacked layers), convert it to unscanned format before loading with vLLM (vllm.yml sets scan_layers=False).',
          states: [
            { kind: 'mismatch', checkpointShape: [32, 4096, 14336], modelShape: [4096, 14336] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message('axis', 'shapes ckpt', template('shapes ckpt={checkpointShape} model={modelShape}'), readFirstMismatch(), [
      {
        text: "ValueError: axis 1 (logical='kv_heads'): model_dim=3 not divisible by ckpt_dim=2; shapes ckpt=(4096, 2, 128) model=(4096, 3, 128)",
        states: [
          { kind: 'mismatch', checkpointShape: [4096, 2, 128], modelShape: [4096, 3, 128] },
          { kind: 'incomplete', reason: 'first-only' },
        ],
      },
    ]),
  ],
};

function cutAfterFive(fields: Fields): readonly Statement[] {
  return fields.int('count') > 5 ? [{ kind: 'incomplete', reason: 'cut' }] : [];
}

function readStructure(fields: Fields): readonly Statement[] {
  const keys = [...fields.text('paths').matchAll(/\n {2}([^\s:]+)(?=\n|$)/g)].map(([, key = '']) => key);
  return [
    { kind: 'header' },
    { kind: 'notice', topic: 'object-count', values: { objects: 'parameters', model: fields.int('total'), notFound: fields.int('count') } },
    ...(keys.length === 0 ? [] : [{ kind: 'missing-keys' as const, keys }]),
    ...cutAfterFive(fields),
  ];
}
