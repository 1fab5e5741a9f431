import type { Statement } from '../model/finding.js';
import type { Fields } from '../model/pattern.js';
import { template } from '../model/template.js';
import {
  cutMark,
  type Dialect,
  isFolded,
  message,
  OPEN_LISTING,
  readFirstMismatch,
  readKeys,
  readMismatch,
  readNotice,
} from './dialect.js';

/**
 * `from_pretrained` of transformers 2 to 4 (src/transformers/modeling_utils.py) and whoever prints its words: diffusers, accelerate, PEFT,
 * MindFormers. Where sizes are not ignored PyTorch's own words follow; 4.50 to 4.57 print them for the leaf module alone (`Linear`, `weight`).
 */
export const transformers: Dialect = {
  name: 'transformers',
  library: 'Transformers 2 to 4, diffusers and accelerate in the same words',
  severity: 'warning',
  patterns: [
    // accelerate and diffusers print the same; diffusers' list is one string: ['a, b, c'].
    message(
      'unused',
      'Some weights',
      template(
        'Some weights of the model checkpoint at {checkpoint:text} were not used when initializing {modelClass}: {keys:open}',
        OPEN_LISTING,
      ),
      readReport('unexpected-keys'),
      [
        {
          text: "Some weights of the model checkpoint at bert-base-uncased were not used when initializing BertForSequenceClassification: ['cls.predictions.bias', 'cls.seq_relationship.weight']",
          states: [
            { kind: 'header', modelClass: 'BertForSequenceClassification', checkpoint: 'bert-base-uncased' },
            { kind: 'unexpected-keys', keys: ['cls.predictions.bias', 'cls.seq_relationship.weight'] },
          ],
        },
        {
          text: "Some weights of the model checkpoint at ./unet were not used when initializing UNet2DConditionModel: \n ['add_embedding.linear_1.bias, add_embedding.linear_1.weight']",
          states: [
            { kind: 'header', modelClass: 'UNet2DConditionModel', checkpoint: './unet' },
            { kind: 'unexpected-keys', keys: ['add_embedding.linear_1.bias', 'add_embedding.linear_1.weight'] },
          ],
        },
      ],
    ),
    message(
      'newly-initialized',
      'Some weights',
      template(
        'Some weights of {modelClass} were not initialized from the model checkpoint at {checkpoint:text} and are newly initialized: {keys:open}',
        OPEN_LISTING,
      ),
      readReport('missing-keys'),
      [
        {
          text: "[WARNING|modeling_utils.py:4975] 2025-02-03 12:00:00,123 >> Some weights of BertForSequenceClassification were not initialized from the model checkpoint at bert-base-uncased and are newly initialized: ['classifier.bias', 'classifier.weight']",
          states: [
            { kind: 'header', modelClass: 'BertForSequenceClassification', checkpoint: 'bert-base-uncased' },
            { kind: 'missing-keys', keys: ['classifier.bias', 'classifier.weight'] },
          ],
        },
        {
          text: "Some weights of GPT2Model were not initialized from the model checkpoint at ./run and are newly initialized: ['h.0.attn.bias', 'h.1.attn.bias', 'h.2.at",
          states: [
            { kind: 'header', modelClass: 'GPT2Model', checkpoint: './run' },
            { kind: 'missing-keys', keys: ['h.0.attn.bias', 'h.1.attn.bias'] },
            { kind: 'incomplete', reason: 'cut' },
          ],
        },
      ],
    ),
    message(
      'shapes-differ',
      'Some weights',
      template(
        'Some weights of {modelClass} were not initialized from the model checkpoint at {checkpoint:text} and are newly initialized because the shapes did not match',
      ),
      readReport(),
      [
        {
          text: 'Some weights of CLIPVisionModel were not initialized from the model checkpoint at clip-b and are newly initialized because the shapes did not match:',
          states: [{ kind: 'header', modelClass: 'CLIPVisionModel', checkpoint: 'clip-b' }],
        },
      ],
    ),
    message(
      'found-shape',
      'found shape',
      {
        expression:
          /(?<![^\s>:])- (?<parameter>[^\s:]{1,1024}):\s{1,80}found shape (?<checkpointShape>(?:torch\.Size\()?[[(][\d\s,]*[\])]\)?)\s{1,80}in the checkpoint and\s{1,80}(?<modelShape>(?:torch\.Size\()?[[(][\d\s,]*[\])]\)?)/,
        squeezed:
          /-(?<parameter>[^\s:]{1,1024}):foundshape(?<checkpointShape>(?:torch\.Size\()?[[(][\d,]*[\])]\)?)inthecheckpointand(?<modelShape>(?:torch\.Size\()?[[(][\d,]*[\])]\)?)/,
        opens: ':found shape',
      },
      readMismatch(),
      [
        {
          text: '- vision_model.embeddings.class_embedding: found shape torch.Size([192]) in the checkpoint and torch.Size([256]) in the model instantiated',
          states: [{ kind: 'mismatch', parameter: 'vision_model.embeddings.class_embedding', checkpointShape: [192], modelShape: [256] }],
        },
        // TensorFlow and Flax print tuples.
        {
          text: '- classifier/kernel: found shape (768, 2) in the checkpoint and (768, 5) in the model instantiated',
          states: [{ kind: 'mismatch', parameter: 'classifier/kernel', checkpointShape: [768, 2], modelShape: [768, 5] }],
        },
      ],
    ),
    // load_sharded_checkpoint up to 4.57 labels both lists "Missing key(s)", the second holds the unexpected ones (modeling_utils.py).
    message(
      'sharded-missing',
      'Missing key',
      {
        expression:
          /Missing key\(s\): (?<missing>"[^"\n]*"(?:,\s?"[^"\n]*")*)\.?(?:\s{0,80}Missing key\(s\): (?<unexpected>"[^"\n]*"(?:,\s?"[^"\n]*")*))?/,
        opens: 'Missing key(s):',
        maxLines: 1,
        continues: (line) => /^\s*Missing key\(s\): "/.test(line),
      },
      readShardedLists,
      [
        {
          text: 'Missing key(s): "fc.weight","fc.bias".\nMissing key(s): "head.weight".',
          states: [
            { kind: 'missing-keys', keys: ['fc.weight', 'fc.bias'] },
            { kind: 'unexpected-keys', keys: ['head.weight'] },
          ],
        },
        { text: 'Missing key(s): "fc.weight".', states: [{ kind: 'missing-keys', keys: ['fc.weight'] }] },
      ],
      { severity: 'error' },
    ),
    // trainer_utils.py of 5.x has the label right.
    message(
      'sharded-unexpected',
      'Unexpected key',
      template('Unexpected key(s): {keys:quoted}', { opens: false }),
      readKeys('unexpected-keys'),
      [
        {
          text: 'Unexpected key(s): "head.weight","head.bias".',
          states: [{ kind: 'unexpected-keys', keys: ['head.weight', 'head.bias'] }],
        },
      ],
      { severity: 'error' },
    ),
    // pytorch_pretrained_bert, transformers to 2.11, and utils of unilm/BEiT.
    message(
      'not-initialized',
      'pretrained model',
      template('Weights of {modelClass} not initialized from pretrained model: {keys:open}', OPEN_LISTING),
      readReport('missing-keys'),
      [
        {
          text: "INFO:transformers.modeling_utils:Weights of BertForTokenClassification not initialized from pretrained model: ['classifier.weight', 'classifier.bias']",
          states: [
            { kind: 'header', modelClass: 'BertForTokenClassification' },
            { kind: 'missing-keys', keys: ['classifier.weight', 'classifier.bias'] },
          ],
        },
      ],
    ),
    message(
      'not-used',
      'pretrained model',
      template('Weights from pretrained model not used in {modelClass}: {keys:open}', OPEN_LISTING),
      readReport('unexpected-keys'),
      [
        {
          text: "Weights from pretrained model not used in VisionTransformer: ['head.weight', 'head.bias']",
          states: [
            { kind: 'header', modelClass: 'VisionTransformer' },
            { kind: 'unexpected-keys', keys: ['head.weight', 'head.bias'] },
          ],
        },
      ],
    ),
    // modeling_utils.py, 5.x: a part loads its own file while the constructor of the whole runs on the meta device.
    message(
      'nested-on-meta',
      'meta device context manager',
      { expression: /You are using `from_pretrained` with a meta device context manager/ },
      readNotice('meta-tensor', () => ({
        reason: 'from_pretrained ran inside a meta device context: the model side is on the meta device',
      })),
      [
        {
          text: "RuntimeError: You are using `from_pretrained` with a meta device context manager or `torch.set_default_device('meta')`.",
          states: [
            {
              kind: 'notice',
              topic: 'meta-tensor',
              values: { reason: 'from_pretrained ran inside a meta device context: the model side is on the meta device' },
            },
          ],
        },
      ],
      { severity: 'error' },
    ),
    // Converters from TensorFlow: assertions in 28 model files, with or without the variable's name behind.
    message(
      'pointer-shape',
      'Pointer shape',
      {
        opens: 'Pointer shape',
        squeezed:
          /Pointershape(?<modelShape>(?:torch\.Size\()?[[(][\d,]*[\])]\)?)andarrayshape(?<checkpointShape>(?:torch\.Size\()?[[(][\d,]*[\])]\)?)mismatched(?:(?:of)?(?<parameter>[\w./-]*\w))?/,
        expression:
          /Pointer shape (?<modelShape>(?:torch\.Size\()?[[(][\d\s,]*[\])]\)?) and array shape (?<checkpointShape>(?:torch\.Size\()?[[(][\d\s,]*[\])]\)?) mismatched(?: (?:of )?(?<parameter>[\w./-]*[\w]))?/,
      },
      readFirstMismatch(),
      [
        {
          text: 'ValueError: Pointer shape torch.Size([30522, 768]) and array shape (21128, 768) mismatched',
          states: [
            { kind: 'mismatch', checkpointShape: [21128, 768], modelShape: [30522, 768] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
        {
          text: 'AssertionError: Pointer shape torch.Size([768]) and array shape (1024,) mismatched of bert/encoder/layer_0/output/dense/bias.',
          states: [
            { kind: 'mismatch', parameter: 'bert/encoder/layer_0/output/dense/bias', checkpointShape: [1024], modelShape: [768] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
      { severity: 'error' },
    ),
  ],
};

/** A report by itself: whose model, whose file, and the list where it has one. */
export function readReport(kind?: 'missing-keys' | 'unexpected-keys'): (fields: Fields) => readonly Statement[] {
  return (fields) => {
    const [modelClass, checkpoint] = [fields.optional('modelClass'), fields.optional('checkpoint')];
    const header: Statement = {
      kind: 'header',
      ...(modelClass === undefined ? {} : { modelClass }),
      ...(checkpoint === undefined ? {} : { checkpoint }),
    };
    if (kind === undefined) return [header];
    const keys = fields.keys('keys').flatMap((key) => (isFolded(key) ? [key] : key.split(/,\s*/)));
    if (keys.length === 0) return [];
    return [header, { kind, keys, ...(keys.some(isFolded) ? { folded: true } : {}) }, ...cutMark(fields.text('keys'))];
  };
}

function readShardedLists(fields: Fields): readonly Statement[] {
  const unexpected = fields.keys('unexpected');
  const missing: Statement = { kind: 'missing-keys', keys: fields.keys('missing') };
  return unexpected.length === 0 ? [missing] : [missing, { kind: 'unexpected-keys', keys: unexpected }];
}
