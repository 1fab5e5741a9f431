import type { Statement } from '../model/finding.js';
import type { Fields } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, LISTING, message, readFirstMismatch } from './dialect.js';
import { nameFirst } from './name-first.js';

/** diffusers stops at the first parameter and prints the model's shape first (src/diffusers/models/model_loading_utils.py). */
export const diffusers: Dialect = {
  name: 'diffusers',
  library: 'Diffusers',
  severity: 'error',
  patterns: [
    message(
      'expected-shape',
      'Cannot load',
      {
        // 0.15 to 0.31 print the meta tensor itself: tensor(..., device='meta', size=(64,)). 0.32 writes two blanks before "because".
        expression:
          /Cannot load (?=(?<checkpoint>(?:(?!Cannot load )[^\n]){0,1024}?)\s{0,4}because )\k<checkpoint>\s{0,4}because (?<parameter>\S{1,1024}) expected shape (?:tensor\([^\n]{0,80}?size=)?(?<modelShape>(?:torch\.Size\()?[[(][\d\s,]*[\])]\)?)[^\n]{0,60}?, but got (?<checkpointShape>(?:torch\.Size\()?[[(][\d\s,]*[\])]\)?)/,
        squeezed:
          /Cannotload(?=(?<checkpoint>(?:(?!Cannotload)\S){0,1024}?)because)\k<checkpoint>because(?<parameter>(?:(?!because)\S){1,512}?)expectedshape(?:tensor\(\S{0,80}?size=)?(?<modelShape>(?:torch\.Size\()?[[(][\d,]*[\])]\)?)\S{0,60}?,butgot(?<checkpointShape>(?:torch\.Size\()?[[(][\d,]*[\])]\)?)/,
        opens: 'Cannotload',
      },
      readExpected,
      [
        {
          text: 'ValueError: Cannot load ./unet because conv_in.weight expected shape torch.Size([320, 4, 3, 3]), but got torch.Size([320, 9, 3, 3]). If you want to instead overwrite randomly initialized weights, please make sure to pass both `low_cpu_mem_usage=False` and `ignore_mismatched_sizes=True`.',
          states: [
            { kind: 'header', checkpoint: './unet' },
            { kind: 'mismatch', parameter: 'conv_in.weight', checkpointShape: [320, 9, 3, 3], modelShape: [320, 4, 3, 3] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
        {
          text: "ValueError: Cannot load /models/vae because decoder.conv_in.bias expected shape tensor(..., device='meta', size=(64,), dtype=torch.float16), but got torch.Size([512]). If you want to instead overwrite randomly initialized weights, please make sure to pass both `low_cpu_mem_usage=False` and `ignore_mismatched_sizes=True`.",
          states: [
            { kind: 'header', checkpoint: '/models/vae' },
            { kind: 'mismatch', parameter: 'decoder.conv_in.bias', checkpointShape: [512], modelShape: [64] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
        {
          text: 'ValueError: Cannot load  because x.weight expected shape torch.Size([4, 3]), but got torch.Size([4, 5]). If you want to',
          states: [
            { kind: 'header' },
            { kind: 'mismatch', parameter: 'x.weight', checkpointShape: [4, 5], modelShape: [4, 3] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // 0.13 to 0.32
    message(
      'keys-missing',
      'Cannot load',
      {
        expression:
          /Cannot load (?=(?<modelClass>(?:(?!Cannot load )[^\n]){0,512}?) from )\k<modelClass> from (?=(?<checkpoint>(?:(?!Cannot load )[^\n]){0,1024}?)\s{0,4}because the following keys are missing:)\k<checkpoint>\s{0,4}because the following keys are missing:\s{1,8}(?<keys>[^\s,]+(?:,\s{0,4}[^\s,]+)*)\.?\s{1,8}Please make/,
        squeezed:
          /Cannotload(?=(?<modelClass>(?:(?!Cannotload)\S){0,512}?)from)\k<modelClass>from(?=(?<checkpoint>(?:(?!Cannotload)\S){0,1024}?)becausethefollowingkeysaremissing:)\k<checkpoint>becausethefollowingkeysaremissing:(?<keys>(?:(?!Cannotload)\S)+?)\.?Pleasemake/,
        opens: 'Cannotload',
        maxLines: 400,
      },
      readMissing,
      [
        {
          text: "ValueError: Cannot load <class 'diffusers.models.unet_2d_condition.UNet2DConditionModel'> from ./unet because the following keys are missing: \n conv_in.bias, conv_in.weight. \n Please make sure to pass `low_cpu_mem_usage=False`",
          states: [
            { kind: 'header', modelClass: 'UNet2DConditionModel', checkpoint: './unet' },
            { kind: 'missing-keys', keys: ['conv_in.bias', 'conv_in.weight'] },
          ],
        },
      ],
    ),
    // loaders/single_file_model.py; the list is one string
    message(
      'single-file-unused',
      'Some weights',
      template('Some weights of the model checkpoint were not used when initializing {modelClass}: {keys:list}', LISTING),
      (fields) => [
        { kind: 'header', modelClass: fields.text('modelClass') },
        { kind: 'unexpected-keys', keys: fields.keys('keys').flatMap((key) => key.split(/,\s*/)) },
      ],
      [
        {
          text: "Some weights of the model checkpoint were not used when initializing AutoencoderKL: \n ['encoder.norm.bias, encoder.norm.weight']",
          states: [
            { kind: 'header', modelClass: 'AutoencoderKL' },
            { kind: 'unexpected-keys', keys: ['encoder.norm.bias', 'encoder.norm.weight'] },
          ],
        },
      ],
      { severity: 'warning' },
    ),
    // quantizers/gguf/gguf_quantizer.py
    message(
      'gguf-shape',
      'decodes',
      nameFirst('has an expected shape of: {modelShape}, but the loaded GGUF weight decodes to shape: {checkpointShape}'),
      readFirstMismatch(),
      [
        {
          text: 'ValueError: proj_out.weight has an expected shape of: torch.Size([64, 3072]), but the loaded GGUF weight decodes to shape: torch.Size([128, 3072])',
          states: [
            { kind: 'mismatch', parameter: 'proj_out.weight', checkpointShape: [128, 3072], modelShape: [64, 3072] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // quantizers/bitsandbytes/bnb_quantizer.py: in spite of the words the first shape is the loaded one.
    message(
      'flattened-shape',
      'flattened',
      template('Expected the flattened shape of the current param ({parameter:text}) to be {checkpointShape} but is {modelShape}'),
      readFirstMismatch(),
      [
        {
          text: 'ValueError: Expected the flattened shape of the current param (time_text_embed.linear_1.weight) to be torch.Size([1179648, 1]) but is (393216, 1).',
          states: [
            { kind: 'mismatch', parameter: 'time_text_embed.linear_1.weight', checkpointShape: [1179648, 1], modelShape: [393216, 1] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // loaders/textual_inversion.py prints the length of one embedding, which is a vector.
    message(
      'embedding-length',
      'embeddings are of',
      template(
        'Loaded embeddings are of incorrect shape. Expected each textual inversion embedding to be of shape {model:int}, but are {checkpoint:int}',
      ),
      (fields) => [
        { kind: 'mismatch', checkpointShape: [fields.int('checkpoint')], modelShape: [fields.int('model')] },
        { kind: 'incomplete', reason: 'first-only' },
      ],
      [
        {
          text: 'ValueError: Loaded embeddings are of incorrect shape. Expected each textual inversion embedding to be of shape 768, but are 1024 ',
          states: [
            { kind: 'mismatch', checkpointShape: [1024], modelShape: [768] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
  ],
};

function readExpected(fields: Fields): readonly Statement[] {
  const checkpoint = fields.text('checkpoint').trim();
  return [{ kind: 'header', ...(checkpoint === '' ? {} : { checkpoint }) }, ...readFirstMismatch()(fields)];
}

/** The class stands as its `repr()`: `<class 'diffusers.models….UNet2DConditionModel'>`. */
function readMissing(fields: Fields): readonly Statement[] {
  const modelClass = /(?<!\w)(\w+)\W*$/.exec(fields.text('modelClass'))?.[1];
  const checkpoint = fields.text('checkpoint').trim();
  return [
    { kind: 'header', ...(modelClass === undefined ? {} : { modelClass }), ...(checkpoint === '' ? {} : { checkpoint }) },
    { kind: 'missing-keys', keys: fields.keys('keys') },
  ];
}
