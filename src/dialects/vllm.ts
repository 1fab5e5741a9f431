import type { Statement } from '../model/finding.js';
import type { Fields } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, LISTING, message, readFirstKeys, readFirstMismatch, readKeys, readMismatch, readNotice } from './dialect.js';
import { lookedUpName } from './looked-up-name.js';
import { nameFirst } from './name-first.js';

/**
 * vLLM and what grew out of it (SGLang, vllm-ascend, speculators): assertions inside the loaders of single parameters, mostly without a name.
 * The first one ends the load.
 */
export const vllm: Dialect = {
  name: 'vllm',
  library: 'vLLM',
  severity: 'error',
  patterns: [
    // model_loader/weight_utils.py, default_weight_loader; also in SGLang and several forks.
    message(
      'default-loader',
      'Attempted to load',
      template('Attempted to load weight ({checkpointShape}) into parameter ({modelShape})'),
      readFirstMismatch(),
      [
        {
          text: 'AssertionError: Attempted to load weight (torch.Size([32003, 4096])) into parameter (torch.Size([32000, 4096]))',
          states: [
            { kind: 'mismatch', checkpointShape: [32003, 4096], modelShape: [32000, 4096] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // layers/linear.py prints no blank before "to" (vllm#42813), its forks do.
    message(
      'replicated-linear',
      'Tried to load weights',
      template('Tried to load weights of size {checkpointShape} to a parameter of size {modelShape}'),
      readFirstMismatch(),
      [
        {
          text: 'AssertionError: Tried to load weights of size torch.Size([2048, 10240])to a parameter of size torch.Size([2048, 4096])',
          states: [
            { kind: 'mismatch', checkpointShape: [2048, 10240], modelShape: [2048, 4096] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // 0.1 and 0.2 (2023) named the parameter, and printed the model first.
    message(
      'named',
      'mismatch',
      nameFirst('shape mismatch between model and checkpoint: {modelShape} != {checkpointShape}', 'shape mismatch between'),
      readFirstMismatch(),
      [
        {
          text: 'AssertionError: model.embed_tokens.weight shape mismatch between model and checkpoint: torch.Size([32000, 5120]) != torch.Size([32001, 5120])',
          states: [
            { kind: 'mismatch', parameter: 'model.embed_tokens.weight', checkpointShape: [32001, 5120], modelShape: [32000, 5120] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // A pull request of 2026-08 (vllm#53233).
    message(
      'parameter-has',
      'mismatch',
      template('weight shape mismatch: parameter has {modelShape}, checkpoint has {checkpointShape}'),
      readFirstMismatch(),
      [
        {
          text: 'ValueError: weight shape mismatch: parameter has (4096, 14336), checkpoint has (4096, 3584)',
          states: [
            { kind: 'mismatch', checkpointShape: [4096, 3584], modelShape: [4096, 14336] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'sharded-state',
      'into parameter',
      template("loading tensor of shape {checkpointShape} into parameter '{parameter}' of shape {modelShape}"),
      readMismatch(),
      [
        {
          text: "loading tensor of shape torch.Size([16032, 4096]) into parameter 'model.embed_tokens.weight' of shape torch.Size([32064, 4096])",
          states: [{ kind: 'mismatch', parameter: 'model.embed_tokens.weight', checkpointShape: [16032, 4096], modelShape: [32064, 4096] }],
        },
      ],
      { severity: 'warning' },
    ),
    // The assertion has no text: the source line of the failing frame is all there is, and only the bare exception's name proves that it failed.
    message('bare-assertion', 'loaded_weight', { expression: bareAssertion(), opens: 'assert', maxLines: 3 }, readAssertion, [
      {
        text: '    assert param_data.shape == loaded_weight.shape\n           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\nAssertionError',
        states: [
          { kind: 'notice', topic: 'copy-failed', values: { reason: 'assert param_data.shape == loaded_weight.shape' } },
          { kind: 'incomplete', reason: 'first-only' },
        ],
      },
      {
        text: '    assert loaded_weight.shape[output_dim] == self.org_vocab_size\nAssertionError',
        states: [
          { kind: 'notice', topic: 'copy-failed', values: { reason: 'assert loaded_weight.shape[output_dim] == self.org_vocab_size' } },
          { kind: 'incomplete', reason: 'first-only' },
        ],
      },
    ]),
    // layers/fused_moe/layer.py, layers/linear.py and parameter.py of vLLM and SGLang: torch's words for any two tensors, but the line copies a weight.
    message('copied-size', 'loaded_weight', { expression: failedCopy(), opens: '.copy_(loaded_weight', maxLines: 3 }, readCopy, [
      {
        text: '    expert_data.copy_(loaded_weight)\nRuntimeError: The size of tensor a (4096) must match the size of tensor b (2048) at non-singleton dimension 1',
        states: [
          { kind: 'notice', topic: 'copy-failed', values: { axis: 1, checkpoint: 2048, model: 4096 } },
          { kind: 'incomplete', reason: 'first-only' },
        ],
      },
    ]),
    // models/*.py of vLLM and SGLang, `load_weights`: whatever the file holds is looked up among the model's parameters.
    message('unknown-name', 'params_dict', lookedUpName('param = params_dict[NAME]'), readFirstKeys('unexpected-keys'), [
      {
        text: "    param = params_dict[name]\n            ~~~~~~~~~~~^^^^^^\nKeyError: 'layers.17.mlp.up_proj.weight_scale'",
        states: [
          { kind: 'unexpected-keys', keys: ['layers.17.mlp.up_proj.weight_scale'] },
          { kind: 'incomplete', reason: 'first-only' },
        ],
      },
      {
        text: "--> 402 param = params_dict[name]\n    403 weight_loader = getattr(param, 'weight_loader',\n\nKeyError: 'lm_head.weight'",
        states: [
          { kind: 'unexpected-keys', keys: ['lm_head.weight'] },
          { kind: 'incomplete', reason: 'first-only' },
        ],
      },
    ]),
    message(
      'not-initialized',
      'Following weights',
      template('Following weights were not initialized from checkpoint: {keys:list}', LISTING),
      readKeys('missing-keys'),
      [
        {
          text: "ValueError: Following weights were not initialized from checkpoint: {'lm_head.weight', 'model.norm.weight'}",
          states: [{ kind: 'missing-keys', keys: ['lm_head.weight', 'model.norm.weight'] }],
        },
      ],
    ),
    // models/utils.py, AutoWeightsLoader; later versions list after the class what there is.
    message(
      'no-module',
      'parameter named',
      {
        expression:
          /There\s+is\s+no\s+module\s+or\s+parameter\s+named\s+(?:'(?<single>[^'\n]+)'|"(?<double>[^"\n]+)")\s+in\s+(?<modelClass>\w+)/,
        opens: 'There is no module',
      },
      readNoModule,
      [
        {
          text: "ValueError: There is no module or parameter named 'model.layers.0.mlp.experts.w13' in TransformersForCausalLM. The available parameters belonging to model.layers.0.mlp (MLP) are: {'model.layers.0.mlp.up.weight'}",
          states: [
            { kind: 'header', modelClass: 'TransformersForCausalLM' },
            { kind: 'unexpected-keys', keys: ['model.layers.0.mlp.experts.w13'] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'lora-rank',
      'max_lora_rank',
      template('LoRA rank {checkpoint:int} is greater than max_lora_rank {model:int}'),
      readNotice('rank-limit', (fields) => ({ checkpoint: fields.int('checkpoint'), model: fields.int('model') })),
      [
        {
          text: 'ValueError: LoRA rank 64 is greater than max_lora_rank 16.',
          states: [{ kind: 'notice', topic: 'rank-limit', values: { checkpoint: 64, model: 16 } }],
        },
      ],
    ),
    message(
      'lora-weight',
      'unsupported LoRA weight',
      { expression: /(?<![^\s:'"])(?<keys>[^\s:'"]{1,2048}) is unsupported LoRA weight/ },
      readFirstKeys('unexpected-keys'),
      [
        {
          text: 'ValueError: base_model.model.lm_head.base_layer.weight is unsupported LoRA weight',
          states: [
            { kind: 'unexpected-keys', keys: ['base_model.model.lm_head.base_layer.weight'] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'lora-targets',
      'expected target modules',
      template('While loading {path}, expected target modules in {known:list} but received {keys:list}'),
      readKeys('unexpected-keys'),
      [
        {
          text: "ValueError: While loading /adapters/a, expected target modules in ['qkv_proj', 'o_proj'] but received ['gate', 'router']. Please verify that the loaded LoRA module is correct",
          states: [{ kind: 'unexpected-keys', keys: ['gate', 'router'] }],
        },
      ],
    ),
  ],
};

function bareAssertion(): RegExp {
  const shapes = String.raw`[\w.]+\.(?:shape|size\(\)) == loaded_weight\.(?:shape|size\(\))|loaded_weight\.shape\[[\w.]+\] == [\w.]+`;
  return new RegExp(String.raw`(?<reason>assert (?:${shapes}))\s{1,256}(?:[\^~]{1,512}\s{1,80})?AssertionError(?!:)`);
}

function readAssertion(fields: Fields): readonly Statement[] {
  return [
    { kind: 'notice', topic: 'copy-failed', values: { reason: fields.text('reason') } },
    { kind: 'incomplete', reason: 'first-only' },
  ];
}

/** Of `a.copy_(b)` the first tensor is the parameter, the second what the file holds. */
function failedCopy(): RegExp {
  const code = String.raw`\.copy_\(loaded_weight\)\s{1,256}(?:[\^~]{1,512}\s{1,80})?`;
  return new RegExp(
    String.raw`${code}RuntimeError: The size of tensor a \((?<model>\d+)\) must match the size of tensor b \((?<checkpoint>\d+)\) at non-singleton dimension (?<axis>\d+)`,
  );
}

function readCopy(fields: Fields): readonly Statement[] {
  const values = { axis: fields.int('axis'), checkpoint: fields.int('checkpoint'), model: fields.int('model') };
  return [
    { kind: 'notice', topic: 'copy-failed', values },
    { kind: 'incomplete', reason: 'first-only' },
  ];
}

function readNoModule(fields: Fields): readonly Statement[] {
  const key = fields.optional('single') ?? fields.text('double');
  return [
    { kind: 'header', modelClass: fields.text('modelClass') },
    { kind: 'unexpected-keys', keys: [key] },
    { kind: 'incomplete', reason: 'first-only' },
  ];
}
