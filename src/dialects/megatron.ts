import type { Statement } from '../model/finding.js';
import type { Fields } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, LISTING, message, readFirstKeys, readFirstMismatch, readNotice } from './dialect.js';

/**
 * Megatron-LM (core.dist_checkpointing 0.4 and later, training/checkpointing.py), GPT-NeoX (megatron/checkpointing.py) and ms-swift's copy.
 * Every rank stops at its first difference.
 */
export const megatron: Dialect = {
  name: 'megatron',
  library: 'Megatron-LM, GPT-NeoX',
  severity: 'error',
  patterns: [
    // strategies/torch.py prints a torch.Size for what was loaded, strategies/zarr.py (until 2026-01) a tuple; the expected side is a tuple.
    message(
      'global-shape',
      'mismatch',
      template('Global shape mismatch for loaded ({checkpointShape}) and expected ({modelShape}) tensor for key {parameter:tail}'),
      readFirstMismatch(),
      [
        {
          text: 'megatron.core.dist_checkpointing.core.CheckpointingException: Global shape mismatch for loaded (torch.Size([4096, 68])) and expected ((4096, 72)) tensor for key module.x_embedder.proj.1.weight',
          states: [
            { kind: 'mismatch', parameter: 'module.x_embedder.proj.1.weight', checkpointShape: [4096, 68], modelShape: [4096, 72] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
        {
          text: 'CheckpointingException: Global shape mismatch for loaded ((51200, 1024)) and expected ((50304, 1024)) tensor for key embedding.word_embeddings.weight',
          states: [
            { kind: 'mismatch', parameter: 'embedding.word_embeddings.weight', checkpointShape: [51200, 1024], modelShape: [50304, 1024] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // The list of every key of the checkpoint follows, thousands of them: it says what there is, not what is left over.
    message(
      'not-in-state-dict',
      'state dict',
      { expression: /(?<![^\s'"])(?<keys>[^\s'"]{1,2048}) from model not in state dict:/ },
      readFirstKeys('missing-keys'),
      [
        {
          text: "KeyError: \"decoder.layers.mlp.linear_fc1.layer_norm_weight from model not in state dict: ['decoder.final_layernorm.weight', 'decoder.layers.mlp.linear_fc1.weight']\"",
          states: [
            { kind: 'missing-keys', keys: ['decoder.layers.mlp.linear_fc1.layer_norm_weight'] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // validation.py, core 0.8: raised or logged after `strict`; either sentence may be absent, the lists stand on the next line.
    message('strict-raised', 'state dict', { expression: strictHeading('(?<=CheckpointingException: )') }, readHeading, [
      {
        text: 'megatron.core.dist_checkpointing.core.CheckpointingException: Some keys found in the checkpoint are missing in the provided sharded state dict. Unexpected keys (not found in the checkpoint) encountered in the provided sharded state dict. ',
        states: [{ kind: 'header' }],
      },
    ]),
    message(
      'strict-logged',
      'state dict',
      { expression: strictHeading('(?<!CheckpointingException: )') },
      readHeading,
      [
        {
          text: 'WARNING:megatron.core.dist_checkpointing.validation:Some keys found in the checkpoint are missing in the provided sharded state dict. ',
          states: [{ kind: 'header' }],
        },
      ],
      { severity: 'warning' },
    ),
    // "Missing" is what only the checkpoint has, "Unexpected" what only the model asks for: the other way round than in PyTorch.
    message(
      'strict-left-over',
      'for all ranks',
      template('Missing keys (for all ranks): {keys:list}', LISTING),
      (fields) => keysOf('unexpected-keys', fields),
      [
        {
          text: "Missing keys (for all ranks): {'decoder.layers.self_attention.linear_qkv.bias'}. ",
          states: [{ kind: 'unexpected-keys', keys: ['decoder.layers.self_attention.linear_qkv.bias'] }],
        },
      ],
    ),
    message(
      'strict-not-found',
      'for this rank',
      template('Unexpected keys (for this rank): {keys:list}', LISTING),
      (fields) => keysOf('missing-keys', fields),
      [
        {
          text: "Unexpected keys (for this rank): {'output_layer.weight', 'decoder.final_norm.weight'}. ",
          states: [{ kind: 'missing-keys', keys: ['output_layer.weight', 'decoder.final_norm.weight'] }],
        },
      ],
    ),
    message('argument', 'value from checkpoint', { expression: argument('input argument') }, readArgument, [
      {
        text: 'AssertionError: num_layers value from checkpoint (24) is not equal to the input argument value (12).',
        states: [{ kind: 'notice', topic: 'argument-differs', values: { argument: 'num_layers', checkpoint: 24, model: 12 } }],
      },
      {
        text: 'AssertionError: tensor_model_parallel_size value from checkpoint (8) is not equal to the input argument value (4).',
        states: [
          { kind: 'notice', topic: 'model-parallel-size', values: { argument: 'tensor_model_parallel_size', checkpoint: 8, model: 4 } },
        ],
      },
    ]),
    message('argument-neox', 'value from checkpoint', { expression: argument('currently set argument') }, readArgument, [
      {
        text: 'AssertionError: pos_emb value from checkpoint (rotary) is not equal to the currently set argument value (learned).',
        states: [{ kind: 'notice', topic: 'argument-differs', values: { argument: 'pos_emb', checkpoint: 'rotary', model: 'learned' } }],
      },
    ]),
    message(
      'parallel-degrees',
      'mismatch',
      template('(TP, PP) mismatch after resume ({modelShape} vs {checkpointShape} from checkpoint): not supported'),
      readDegrees,
      [
        {
          text: 'RuntimeError: (TP, PP) mismatch after resume ((2, 1) vs (4, 2) from checkpoint): not supported for DistributedOptimizer with sharding type fully_sharded_model_space. Please use `--ckpt-fully-parallel-save` flag during checkpoint saving.',
          states: [
            {
              kind: 'notice',
              topic: 'model-parallel-size',
              values: { checkpointTensorParallel: 4, checkpointPipelineParallel: 2, modelTensorParallel: 2, modelPipelineParallel: 1 },
            },
          ],
        },
      ],
    ),
    message(
      'parallel-degrees-of-random-state',
      'mismatch',
      template('(TP, PP) mismatch after resume ({modelShape} vs {checkpointShape} from checkpoint): RNG state will be ignored'),
      readDegrees,
      [
        {
          text: '(TP, PP) mismatch after resume ((8, 1) vs (4, 1) from checkpoint): RNG state will be ignored',
          states: [
            {
              kind: 'notice',
              topic: 'model-parallel-size',
              values: { checkpointTensorParallel: 4, checkpointPipelineParallel: 1, modelTensorParallel: 8, modelPipelineParallel: 1 },
            },
          ],
        },
      ],
      { severity: 'warning' },
    ),
    // dist_checkpointing/optimizer.py; the bracket behind the first shape is missing in the source.
    message(
      'optimizer-shape',
      'not match',
      template('Optimizer shape ({optimizer:shape} does not match model shape ({model:shape}'),
      readNotice('optimizer-shape', (fields) => ({
        optimizer: `[${fields.shape('optimizer').join(', ')}]`,
        model: `[${fields.shape('model').join(', ')}]`,
      })),
      [
        {
          text: 'AssertionError: Optimizer shape (torch.Size([1024, 512]) does not match model shape (torch.Size([2048, 512]))',
          states: [{ kind: 'notice', topic: 'optimizer-shape', values: { optimizer: '[1024, 512]', model: '[2048, 512]' } }],
        },
      ],
    ),
    message(
      'optimizer-unreadable',
      'Unable to load optimizer',
      template('Unable to load optimizer from checkpoint {checkpoint}. Specify --no-load-optim'),
      readNotice('copy-failed', (fields) => ({ checkpoint: fields.text('checkpoint'), reason: 'the optimizer state could not be read' })),
      [
        {
          text: 'Unable to load optimizer from checkpoint /ckpt/iter_0001000/mp_rank_00/model_optim_rng.pt. Specify --no-load-optim or --finetune to prevent attempting to load the optimizer state, exiting ...',
          states: [
            {
              kind: 'notice',
              topic: 'copy-failed',
              values: { checkpoint: '/ckpt/iter_0001000/mp_rank_00/model_optim_rng.pt', reason: 'the optimizer state could not be read' },
            },
          ],
        },
      ],
    ),
  ],
};

function strictHeading(before: string): RegExp {
  const sentence = String.raw`(?:Some keys found in the checkpoint are missing in|Unexpected keys \(not found in the checkpoint\) encountered in) the provided sharded state dict`;
  return new RegExp(
    String.raw`${before}(?<!sharded state dict\. )${sentence}(?:\. Unexpected keys \(not found in the checkpoint\) encountered in the provided sharded state dict)?`,
  );
}

function readHeading(): readonly Statement[] {
  return [{ kind: 'header' }];
}

function keysOf(kind: 'missing-keys' | 'unexpected-keys', fields: Fields): readonly Statement[] {
  const keys = fields.keys('keys');
  return keys.length === 0 ? [] : [{ kind, keys }];
}

function argument(which: string): RegExp {
  return new RegExp(
    String.raw`(?<![\w.])(?<argument>\w{1,128}) value from checkpoint \((?<checkpoint>[^()\n]*(?:\([^()\n]*\)[^()\n]*)?)\) is not equal to the ${which} value \((?<model>[^()\n]*(?:\([^()\n]*\)[^()\n]*)?)\)`,
  );
}

function readArgument(fields: Fields): readonly Statement[] {
  const name = fields.text('argument');
  const values = { argument: name, checkpoint: numberOrText(fields.text('checkpoint')), model: numberOrText(fields.text('model')) };
  return [
    { kind: 'notice', topic: /parallel_size$|^(?:model|pipe)_parallel/.test(name) ? 'model-parallel-size' : 'argument-differs', values },
  ];
}

function numberOrText(text: string): number | string {
  return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : text;
}

function readDegrees(fields: Fields): readonly Statement[] {
  const [checkpointTensorParallel = 0, checkpointPipelineParallel = 0] = fields.shape('checkpointShape');
  const [modelTensorParallel = 0, modelPipelineParallel = 0] = fields.shape('modelShape');
  const values = { checkpointTensorParallel, checkpointPipelineParallel, modelTensorParallel, modelPipelineParallel };
  return [{ kind: 'notice', topic: 'model-parallel-size', values }];
}
