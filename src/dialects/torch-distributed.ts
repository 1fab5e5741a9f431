import type { Statement } from '../model/finding.js';
import type { Fields } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, message, readFirstKeys, readFirstMismatch, readKeys, readNotice } from './dialect.js';
import { lookedUpName } from './looked-up-name.js';

/**
 * Distributed checkpoints (DCP), FSDP and sharded tensors. Every rank stops at its first difference. `CheckpointException ranks:dict_keys(…)`
 * around them is not read: saving raises it too, so that by itself it proves no failed load.
 */
export const torchDistributed: Dialect = {
  name: 'torch-distributed',
  library: 'PyTorch distributed checkpoints, FSDP, sharded tensors',
  severity: 'error',
  patterns: [
    // torch/distributed/checkpoint/default_planner.py, since 2.x
    message(
      'saved-size',
      'mismatch',
      template('Size mismatch between saved {checkpointShape} and current: {modelShape} for {parameter:word}'),
      readFirstMismatch(),
      [
        {
          text: 'ValueError: Size mismatch between saved torch.Size([32000, 256]) and current: torch.Size([32064, 256]) for model.model.embed_tokens.weight',
          states: [
            {
              kind: 'mismatch',
              parameter: 'model.model.embed_tokens.weight',
              checkpointShape: [32000, 256],
              modelShape: [32064, 256],
            },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message('missing-key', 'state_dict', template('Missing key in checkpoint state_dict: {keys:word}'), readFirstKeys('missing-keys'), [
      {
        text: 'RuntimeError: Missing key in checkpoint state_dict: model.lm_head.weight.',
        states: [
          { kind: 'missing-keys', keys: ['model.lm_head.weight'] },
          { kind: 'incomplete', reason: 'first-only' },
        ],
      },
    ]),
    // default_planner.py of 2.1 and its neighbours has no message: create_default_local_load_plan looks each name of the model up in the metadata.
    message('unknown-name', 'state_dict_metadata', lookedUpName('md = metadata.state_dict_metadata[NAME]'), readFirstKeys('missing-keys'), [
      {
        text: "    md = metadata.state_dict_metadata[fqn]\nKeyError: 'encoder.rel_pos'",
        states: [
          { kind: 'missing-keys', keys: ['encoder.rel_pos'] },
          { kind: 'incomplete', reason: 'first-only' },
        ],
      },
    ]),
    // filesystem.py and hf_storage.py; format_utils.py writes a comma behind "sizes".
    message(
      'read-request',
      'MetadataIndex',
      template("MetadataIndex(fqn='{parameter:text}', {where:text}) mismatch sizes{comma:text} {modelShape} vs {checkpointShape}"),
      readFirstMismatch(),
      [
        {
          text: "AssertionError: req MetadataIndex(fqn='net.0.weight', offset=torch.Size([0, 0]), index=0) mismatch sizes torch.Size([10, 4]) vs torch.Size([12, 4])",
          states: [
            { kind: 'mismatch', parameter: 'net.0.weight', checkpointShape: [12, 4], modelShape: [10, 4] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
        {
          text: "AssertionError: req MetadataIndex(fqn='net.0.bias', offset=torch.Size([0]), index=0) mismatch sizes, torch.Size([10]) vs torch.Size([12])",
          states: [
            { kind: 'mismatch', parameter: 'net.0.bias', checkpointShape: [12], modelShape: [10] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // torch/distributed/checkpoint/_experimental/checkpoint_reader.py, 2.14
    message(
      'target-size',
      'tensor size',
      template(
        'Target tensor size={modelShape} dtype={modelType:word} does not match source tensor size={checkpointShape} dtype={checkpointType:word} for key {parameter:word}',
      ),
      readFirstMismatch(),
      [
        {
          text: 'RuntimeError: Target tensor size=torch.Size([8, 4]) dtype=torch.float32 does not match source tensor size=torch.Size([6, 4]) dtype=torch.float32 for key fc.weight',
          states: [
            { kind: 'mismatch', parameter: 'fc.weight', checkpointShape: [6, 4], modelShape: [8, 4] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message('missing-keys', 'missing keys', template('Checkpoint at {path:text} is missing keys: {keys:list}'), readKeys('missing-keys'), [
      {
        text: "RuntimeError: Checkpoint at /ckpt/step_100 is missing keys: ['fc.weight', 'fc.bias']",
        states: [{ kind: 'missing-keys', keys: ['fc.weight', 'fc.bias'] }],
      },
    ]),
    // torch/distributed/checkpoint/state_dict.py; a dotted name is asked for, since "Missing key: x" is said of configurations as well.
    message(
      'state-dict-missing',
      'Missing key:',
      { expression: /Missing key: (?<keys>[\w-]+(?:\.[\w-]+)+)\.(?=[\s'"\\]|$)/ },
      readFirstKeys('missing-keys'),
      [
        {
          text: 'RuntimeError: Missing key: layers.0.wq.weight.',
          states: [
            { kind: 'missing-keys', keys: ['layers.0.wq.weight'] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'state-dict-unexpected',
      'unexpected key',
      template('An unexpected key, {keys:text}, exists. FQN is {name:word}'),
      readFirstKeys('unexpected-keys'),
      [
        {
          text: 'RuntimeError: An unexpected key, layers.0.wq.weight, exists. FQN is layers.0.wq',
          states: [
            { kind: 'unexpected-keys', keys: ['layers.0.wq.weight'] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // torch/distributed/fsdp/_flat_param.py: flat shapes on the second line, no name.
    message(
      'writeback',
      'Cannot writeback',
      template('Cannot writeback when the parameter shape changes Expects {modelShape} but got {checkpointShape}'),
      readFirstMismatch(),
      [
        {
          text: 'RuntimeError: Cannot writeback when the parameter shape changes\nExpects torch.Size([4096]) but got torch.Size([64, 64])',
          states: [
            { kind: 'mismatch', checkpointShape: [64, 64], modelShape: [4096] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // torch/distributed/fsdp/_optim_utils.py, _flatten_optim_state_dict: not one parameter of a flat one has a state in the file.
    message(
      'empty-optimizer-state',
      '_OptimStateKey',
      {
        expression: /The state of _OptimStateKey\(unflat_param_names=\((?<keys>[^()]{1,200000})\), is_fsdp_managed=\w+\) is empty/,
        opens: 'The state of _OptimStateKey(',
      },
      readEmptyState,
      [
        {
          text: "RuntimeError: The state of _OptimStateKey(unflat_param_names=('tower.blocks.3.ln.weight', 'tower.blocks.3.ln.bias'), is_fsdp_managed=True) is empty. This should happen when use_orig_params=True.",
          states: [
            {
              kind: 'notice',
              topic: 'optimizer-empty',
              values: { parameter: 'tower.blocks.3.ln.weight', parameters: 2 },
            },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // torch/distributed/_shard/sharded_tensor/shard.py compares a piece with its own description: neither side is a model's.
    message(
      'shard-lengths',
      'tensor size',
      template(
        'Shard tensor size does not match with metadata.shard_lengths! Found shard tensor size: {found:list}, metadata.shard_lengths: {described:list}',
      ),
      readNotice('copy-failed', (fields) => ({
        reason: `a shard has the sizes ${fields.text('found')}, its metadata says ${fields.text('described')}`,
      })),
      [
        {
          text: 'ValueError: Shard tensor size does not match with metadata.shard_lengths! Found shard tensor size: [4, 3], metadata.shard_lengths: [4, 6], ',
          states: [{ kind: 'notice', topic: 'copy-failed', values: { reason: 'a shard has the sizes [4, 3], its metadata says [4, 6]' } }],
        },
      ],
    ),
    // torch/distributed/tensor/_dispatch.py says it of every operator; only a copy is a load.
    message(
      'mixed-tensors',
      'DTensor',
      template('aten.copy_.{overload:word}: got mixed torch.Tensor and DTensor'),
      readNotice('copy-failed', () => ({ reason: 'plain tensors were copied into DTensor parameters' })),
      [
        {
          text: 'RuntimeError: aten.copy_.default: got mixed torch.Tensor and DTensor, need to convert all torch.Tensor to DTensor before calling distributed operators!',
          states: [{ kind: 'notice', topic: 'copy-failed', values: { reason: 'plain tensors were copied into DTensor parameters' } }],
        },
      ],
    ),
  ],
};

function readEmptyState(fields: Fields): readonly Statement[] {
  const names = fields.keys('keys');
  return [
    { kind: 'notice', topic: 'optimizer-empty', values: { parameter: names[0] ?? '', parameters: names.length } },
    { kind: 'incomplete', reason: 'first-only' },
  ];
}
