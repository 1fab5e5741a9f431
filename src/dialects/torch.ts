import type { Statement } from '../model/finding.js';
import type { Fields, Form } from '../model/pattern.js';
import { isSameShape } from '../model/shape.js';
import { template } from '../model/template.js';
import { type Dialect, message, readKeys, readMismatch, readNotice } from './dialect.js';

/**
 * `torch.nn.Module.load_state_dict`, in the words that have been stable from 1.0.0 (2018-12) to 2.14 (source: torch/nn/modules/module.py).
 * Many libraries print them by copying the loop or by calling it: mmcv, transformers, diffusers, PEFT, ColossalAI.
 */
export const torch: Dialect = {
  name: 'torch',
  library: 'PyTorch `load_state_dict`, 1.0 and later',
  severity: 'error',
  patterns: [
    message(
      'header',
      'state_dict',
      template('rror(s) in loading state_dict for {modelClass}', { opens: false }),
      (fields) => [{ kind: 'header', modelClass: fields.text('modelClass').replace(/(?<![.-])[.-]+$/, '') }],
      [
        {
          text: 'RuntimeError: Error(s) in loading state_dict for MedCLIPVisionModelViT:',
          states: [{ kind: 'header', modelClass: 'MedCLIPVisionModelViT' }],
        },
        // gpt-neox#645: line feed and tab became one blank when the message was pasted.
        { text: 'Error is: Error(s) in loading state_dict for EmbeddingPipe: ', states: [{ kind: 'header', modelClass: 'EmbeddingPipe' }] },
      ],
    ),
    message(
      'size',
      'mismatch',
      template(
        'ize mismatch for {parameter}: copying a param with shape {checkpointShape} from checkpoint, the shape in current model is {modelShape}',
      ),
      readMismatch(),
      [
        {
          text: '\tsize mismatch for model.embeddings.patch_embeddings.projection.weight: copying a param with shape torch.Size([96, 3, 4, 4]) from checkpoint, the shape in current model is torch.Size([0]).',
          states: [
            {
              kind: 'mismatch',
              parameter: 'model.embeddings.patch_embeddings.projection.weight',
              checkpointShape: [96, 3, 4, 4],
              modelShape: [0],
            },
          ],
        },
        {
          text: 'size mismatch for \nlogit_scale: \ncopying a param with shape torch.Size([]) from checkpoint, the shape in \ncurrent model is torch.Size([0]).',
          states: [{ kind: 'mismatch', parameter: 'logit_scale', checkpointShape: [], modelShape: [0] }],
        },
        // smoothquant#17: a blank was lost; mindnlp prints tuples.
        {
          text: 'size mismatch for h.0.ln.bias: copying a param with shape (3584,) fromcheckpoint, the shape in current model is (4096,).',
          states: [{ kind: 'mismatch', parameter: 'h.0.ln.bias', checkpointShape: [3584], modelShape: [4096] }],
        },
      ],
    ),
    message('missing-keys', 'state_dict', keyList('Missing'), readKeys('missing-keys'), [
      {
        text: '\tMissing key(s) in state_dict: "conv1.weight", "bn1.weight". ',
        states: [{ kind: 'missing-keys', keys: ['conv1.weight', 'bn1.weight'] }],
      },
      // safetensors.torch.load_model: four blanks, no full stop.
      { text: '    Missing key(s) in state_dict: "fc.bias"', states: [{ kind: 'missing-keys', keys: ['fc.bias'] }] },
    ]),
    message('unexpected-keys', 'state_dict', keyList('Unexpected'), readKeys('unexpected-keys'), [
      {
        text: '\tUnexpected key(s) in state_dict: "module.conv1.weight". ',
        states: [{ kind: 'unexpected-keys', keys: ['module.conv1.weight'] }],
      },
    ]),
    // torch/nn/modules/instancenorm.py: files saved before 0.4.0, a line for each layer.
    message(
      'running-stats',
      'running stats buffer',
      {
        expression:
          /nexpected running stats buffer\(s\) (?<keys>"[^"\n]{1,1024}"(?: and "[^"\n]{1,1024}")?) for \w+ with track_running_stats=False/,
        opens: 'nexpected running stats',
      },
      (fields) => [
        {
          kind: 'unexpected-keys',
          keys: fields
            .text('keys')
            .split('"')
            .filter((_, part) => part % 2 === 1),
        },
      ],
      [
        {
          text: '\tUnexpected running stats buffer(s) "model.2.running_mean" and "model.2.running_var" for InstanceNorm2d with track_running_stats=False. If state_dict is a checkpoint saved before 0.4.0, this may be expected because InstanceNorm does not track running stats by default since 0.4.0.',
          states: [{ kind: 'unexpected-keys', keys: ['model.2.running_mean', 'model.2.running_var'] }],
        },
      ],
    ),
    message(
      'copy-failed',
      'ing the parameter',
      template(
        'ing the parameter named "{parameter:text}", whose dimensions in the model are {modelShape} and whose dimensions in the checkpoint are {checkpointShape}, an exception occurred : {reason:text})',
      ),
      readFailedCopy,
      [
        {
          text: '\tWhile copying the parameter named "weight", whose dimensions in the model are torch.Size([8, 8]) and whose dimensions in the checkpoint are torch.Size([8, 8]), an exception occurred : (\'Cannot copy out of meta tensor; no data!\',).',
          states: [
            { kind: 'notice', topic: 'meta-tensor', values: { parameter: 'weight', reason: 'Cannot copy out of meta tensor; no data!' } },
          ],
        },
      ],
    ),
    message(
      'not-a-tensor',
      'ing the parameter',
      template(
        'While copying the parameter named "{parameter:text}", expected torch.Tensor or Tensor-like object from checkpoint but received {type:text}\n'.trimEnd(),
      ),
      (fields) => [{ kind: 'notice', topic: 'copy-failed', values: { parameter: fields.text('parameter'), reason: 'not a tensor' } }],
      [
        {
          text: '\tWhile copying the parameter named "fc.weight", expected torch.Tensor or Tensor-like object from checkpoint but received <class \'dict\'>',
          states: [{ kind: 'notice', topic: 'copy-failed', values: { parameter: 'fc.weight', reason: 'not a tensor' } }],
        },
      ],
    ),
    message(
      'meta-no-op',
      'non-meta',
      template('for {parameter}: copying from a non-meta parameter in the checkpoint to a meta parameter in the current model', {
        opens: ': copying from a non-meta',
      }),
      (fields) => [
        {
          kind: 'notice',
          topic: 'meta-tensor',
          values: { parameter: fields.text('parameter'), reason: 'the model side is on the meta device' },
        },
      ],
      [
        {
          text: 'UserWarning: for fc.weight: copying from a non-meta parameter in the checkpoint to a meta parameter in the current model, which is a no-op. (Did you mean to pass `assign=True` to assign items in the state dictionary to their corresponding key in the module instead of copying them in place?)',
          states: [
            { kind: 'notice', topic: 'meta-tensor', values: { parameter: 'fc.weight', reason: 'the model side is on the meta device' } },
          ],
        },
      ],
      { severity: 'warning' },
    ),
    message(
      'not-a-dict',
      'dict-like',
      template("Expected state_dict to be dict-like, got <class '{type:name}'>."),
      (fields) => [{ kind: 'notice', topic: 'copy-failed', values: { given: fields.text('type') } }],
      [
        {
          text: "TypeError: Expected state_dict to be dict-like, got <class 'NoneType'>.",
          states: [{ kind: 'notice', topic: 'copy-failed', values: { given: 'NoneType' } }],
        },
        {
          text: "TypeError: Expected state_dict to be dict-like, got <class 'timm.models.resnet.ResNet'>.",
          states: [{ kind: 'notice', topic: 'copy-failed', values: { given: 'timm.models.resnet.ResNet' } }],
        },
      ],
    ),
    // torch/nn/modules/module.py, `_apply`, and `copy_`: the first use of a parameter that no load has filled.
    message(
      'meta-used',
      'out of meta tensor',
      template('NotImplementedError: Cannot copy out of meta tensor; no data!', { opens: false }),
      readNotice('meta-tensor', () => ({ reason: 'Cannot copy out of meta tensor; no data!' })),
      [
        {
          text: 'NotImplementedError: Cannot copy out of meta tensor; no data! Please use torch.nn.Module.to_empty() instead of torch.nn.Module.to() when moving module from meta to a different device.',
          states: [{ kind: 'notice', topic: 'meta-tensor', values: { reason: 'Cannot copy out of meta tensor; no data!' } }],
        },
      ],
    ),
    // torch/nn/parameter.py: raised at once, without a name.
    message(
      'lazy',
      'uninitialized parameter',
      template("an't access the shape of an uninitialized parameter or buffer. This error usually happens in `load_state_dict`"),
      readNotice('copy-failed', () => ({ reason: 'a lazy parameter is not initialized on one side' })),
      [
        {
          text: "RuntimeError: Can't access the shape of an uninitialized parameter or buffer. This error usually happens in `load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call `forward` to initialize the parameters before accessing their attributes.",
          states: [{ kind: 'notice', topic: 'copy-failed', values: { reason: 'a lazy parameter is not initialized on one side' } }],
        },
      ],
    ),
    message(
      'incompatible-keys',
      'IncompatibleKeys',
      // Behind the name of a file the dialect `open-clip` reads it, because it knows which file. Until torch 1.2 there was no underscore.
      template('IncompatibleKeys(missing_keys={missing:list}, unexpected_keys={unexpected:list})', {
        behind: String.raw`(?<! weights from [^\n]{1,1024}\. Incompatible keys: _?)`,
      }),
      readIncompatibleKeys,
      [
        {
          text: "_IncompatibleKeys(missing_keys=['head.weight'], unexpected_keys=[])",
          states: [{ kind: 'header' }, { kind: 'missing-keys', keys: ['head.weight'] }],
        },
      ],
      { severity: 'warning' },
    ),
  ],
};

/** The namedtuple that `load_state_dict` returns; with two empty lists all is well. */
export function readIncompatibleKeys(fields: Fields): readonly Statement[] {
  const [missing, unexpected] = [fields.keys('missing'), fields.keys('unexpected')];
  if (missing.length === 0 && unexpected.length === 0) return [];
  const checkpoint = fields.optional('checkpoint');
  const header: Statement = { kind: 'header', ...(checkpoint === undefined ? {} : { checkpoint }) };
  return [header, ...listed('missing-keys', missing), ...listed('unexpected-keys', unexpected)];
}

function listed(kind: 'missing-keys' | 'unexpected-keys', keys: readonly string[]): readonly Statement[] {
  return keys.length === 0 ? [] : [{ kind, keys }];
}

/** The list is one line however long; a console breaks it at blanks, so that it goes on until a closing quote without a comma. */
function keyList(which: 'Missing' | 'Unexpected'): Form {
  return template(`${which} key(s) in state_dict: {keys:quoted}`, { maxLines: 20_000, goesOn: isListCut });
}

function isListCut(line: string): boolean {
  const isInsideQuotes = line.split('"').length % 2 === 0;
  return (isInsideQuotes || /,\s*$/.test(line)) && !/"\s*\./.test(line);
}

/** torch 1.5 and later: equal shapes mean that not the sizes but the copy was at fault, and the bracket says why. */
function readFailedCopy(fields: Fields): readonly Statement[] {
  const [parameter, reason] = [fields.text('parameter'), fields.text('reason').replace(/^\(?["']|["'],?\)?$/g, '')];
  if (!isSameShape(fields.shape('modelShape'), fields.shape('checkpointShape'))) return readMismatch()(fields);
  return [{ kind: 'notice', topic: /meta\s*tensor/.test(reason) ? 'meta-tensor' : 'copy-failed', values: { parameter, reason } }];
}
