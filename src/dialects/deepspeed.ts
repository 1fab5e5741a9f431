import type { Statement } from '../model/finding.js';
import type { Fields } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, message, readFirstKeys, readNotice } from './dialect.js';

const NUMBERS_ONLY: Statement = { kind: 'incomplete', reason: 'first-only' };

/** DeepSpeed tells numbers, not shapes. The module's own weights are loaded by PyTorch and told in its words. */
export const deepspeed: Dialect = {
  name: 'deepspeed',
  library: 'DeepSpeed',
  severity: 'error',
  patterns: [
    // runtime/engine.py, since 0.5.9
    message(
      'data-parallel-size',
      'being loaded',
      template('The checkpoint being loaded used a DP world size of {checkpoint:int} but the current world size is {run:int}'),
      readNotice('data-parallel-size', numbers('checkpoint', 'run')),
      [
        {
          text: "deepspeed.runtime.zero.utils.ZeRORuntimeException: The checkpoint being loaded used a DP world size of 8 but the current world size is 4. Automatic adjustment of ZeRO's optimizer state partitioning with a new world size is not currently supported.",
          states: [{ kind: 'notice', topic: 'data-parallel-size', values: { checkpoint: 8, run: 4 } }],
        },
      ],
    ),
    // checkpoint/universal_checkpoint.py
    message(
      'universal-slice',
      'param numel',
      template(
        'Loading {file:text} full param numel {checkpoint:int} != tensor slice numel {model:int} * tp_world_size {tensorParallel:int}',
        {
          opens: 'full param numel',
        },
      ),
      (fields) => [...readNotice('element-count', numbers('checkpoint', 'model', 'tensorParallel'))(fields), NUMBERS_ONLY],
      [
        {
          text: 'AssertionError: Loading /ckpt/zero/embed/fp32.pt full param numel 131072000 != tensor slice numel 32772096 * tp_world_size 4',
          states: [
            { kind: 'notice', topic: 'element-count', values: { checkpoint: 131072000, model: 32772096, tensorParallel: 4 } },
            NUMBERS_ONLY,
          ],
        },
      ],
    ),
    message(
      'universal-copy',
      'Load checkpoint',
      template('Load checkpoint {state:text} dst numel {model:int} != src numel {checkpoint:int}'),
      (fields) => [...readNotice('element-count', numbers('checkpoint', 'model'))(fields), NUMBERS_ONLY],
      [
        {
          text: 'AssertionError: Load checkpoint exp_avg dst numel 4096 != src numel 8192',
          states: [{ kind: 'notice', topic: 'element-count', values: { checkpoint: 8192, model: 4096 } }, NUMBERS_ONLY],
        },
      ],
    ),
    message(
      'universal-vocabulary',
      'tensor padded size',
      template('Vocab tensor padded size {model:int} < loaded universal size {checkpoint:int}'),
      (fields) => [
        { kind: 'notice', topic: 'element-count', values: { what: 'padded vocabulary', ...numbers('checkpoint', 'model')(fields) } },
        NUMBERS_ONLY,
      ],
      [
        {
          text: 'AssertionError: Vocab tensor padded size 32000 < loaded universal size 32128',
          states: [
            { kind: 'notice', topic: 'element-count', values: { what: 'padded vocabulary', checkpoint: 32128, model: 32000 } },
            NUMBERS_ONLY,
          ],
        },
      ],
    ),
    message(
      'universal-experts',
      'Expert param dim',
      template('Expert param dim 0 ({checkpoint:int}) != {what:text} ({model:int})'),
      (fields) => [
        { kind: 'notice', topic: 'object-count', values: { what: 'experts', ...numbers('checkpoint', 'model')(fields) } },
        NUMBERS_ONLY,
      ],
      [
        {
          text: 'AssertionError: Expert param dim 0 (64) != num_experts (32)',
          states: [{ kind: 'notice', topic: 'object-count', values: { what: 'experts', checkpoint: 64, model: 32 } }, NUMBERS_ONLY],
        },
      ],
    ),
    message(
      'sub-parameters',
      'parameter sizes',
      template('Sub-parameter sizes {sizes:list} sum to {sum:int}, but dimension {dimension:int} of the parameter is {size:int}'),
      (fields) => [...readNotice('element-count', numbers('sum', 'dimension', 'size'))(fields), NUMBERS_ONLY],
      [
        {
          text: 'AssertionError: Sub-parameter sizes [2048, 256, 256] sum to 2560, but dimension 0 of the parameter is 3072. The metadata describes a different parameter.',
          states: [{ kind: 'notice', topic: 'element-count', values: { sum: 2560, dimension: 0, size: 3072 } }, NUMBERS_ONLY],
        },
      ],
    ),
    // checkpoint/autoep_universal.py; which side the one shape belongs to is not said.
    message(
      'expert-parallel',
      'mismatch',
      { expression: /AutoEP (?<what>[^\n]{1,80}) mismatch for (?<parameter>[^\s:,]{1,1024})[:,] (?<detail>[^\n]{1,200}?)\.?(?=\n|$)/ },
      (fields) => [
        {
          kind: 'notice',
          topic: 'copy-failed',
          values: { parameter: fields.text('parameter'), reason: `${fields.text('what')}: ${fields.text('detail')}` },
        },
        NUMBERS_ONLY,
      ],
      [
        {
          text: 'RuntimeError: AutoEP consolidated expert count mismatch for layers.3.mlp.experts.w1: got 32, expected 64.',
          states: [
            {
              kind: 'notice',
              topic: 'copy-failed',
              values: { parameter: 'layers.3.mlp.experts.w1', reason: 'consolidated expert count: got 32, expected 64' },
            },
            NUMBERS_ONLY,
          ],
        },
      ],
    ),
    // utils/zero_to_fp32.py: the partitions do not add up to the parameters.
    message(
      'consolidation',
      'numels out of',
      template('consumed {consumed:int} numels out of {available:int} - something is wrong', { opens: false }),
      (fields) => [...readNotice('element-count', numbers('consumed', 'available'))(fields), NUMBERS_ONLY],
      [
        {
          text: 'ValueError: consumed 131072 numels out of 262144 - something is wrong',
          states: [{ kind: 'notice', topic: 'element-count', values: { consumed: 131072, available: 262144 } }, NUMBERS_ONLY],
        },
      ],
    ),
    message(
      'files-absent',
      '_optim_states.pt',
      template("Expected {expected:int} of '*_optim_states.pt' under '{folder:text}' but found {found:int} files", { opens: false }),
      (fields) => [
        {
          kind: 'notice',
          topic: 'file-damaged',
          values: { reason: 'optimizer files are absent', ...numbers('expected', 'found')(fields) },
        },
      ],
      [
        {
          text: "ValueError: Expected 8 of '*_optim_states.pt' under 'output/global_step100' but found 6 files. Possibly due to an overwrite of an old checkpoint",
          states: [{ kind: 'notice', topic: 'file-damaged', values: { reason: 'optimizer files are absent', expected: 8, found: 6 } }],
        },
      ],
    ),
    // runtime/state_dict_factory.py
    message(
      'model-parallel-size',
      'mp_world_size',
      template('checkpoint count {files:int} is different from saved mp_world_size {checkpoint:int}'),
      readNotice('model-parallel-size', numbers('files', 'checkpoint')),
      [
        {
          text: 'AssertionError: checkpoint count 2 is different from saved mp_world_size 4',
          states: [{ kind: 'notice', topic: 'model-parallel-size', values: { files: 2, checkpoint: 4 } }],
        },
      ],
    ),
    message(
      'merge-or-split',
      'Invalid checkpoints',
      template('Invalid checkpoints and world size for sd {what:word}'),
      readNotice('model-parallel-size', (fields) => ({
        reason: `the shards cannot be ${fields.text('what')}d`.replace('splitd', 'split'),
      })),
      [
        {
          text: 'AssertionError: Invalid checkpoints and world size for sd merge',
          states: [{ kind: 'notice', topic: 'model-parallel-size', values: { reason: 'the shards cannot be merged' } }],
        },
      ],
    ),
    message('key', 'not found in', template('key: {keys:name} is not found in the checkpoint'), readFirstKeys('missing-keys'), [
      {
        text: 'AssertionError: key: transformer.layers.0.attention.dense.weight is not found in the checkpoint /ckpt/mp_rank_00_model_states.pt',
        states: [
          { kind: 'missing-keys', keys: ['transformer.layers.0.attention.dense.weight'] },
          { kind: 'incomplete', reason: 'first-only' },
        ],
      },
    ]),
  ],
};

function numbers(...names: readonly string[]): (fields: Fields) => Readonly<Record<string, number>> {
  return (fields) => Object.fromEntries(names.map((name) => [name, fields.int(name)]));
}
