import type { Statement } from '../model/finding.js';
import type { Fields } from '../model/pattern.js';
import { parseShape } from '../model/pattern.js';
import type { Shape } from '../model/shape.js';
import { type Dialect, message, readFirstKeys, readNotice } from './dialect.js';

/**
 * llama.cpp (src/llama-model-loader.cpp, llama.cpp before 2024) and everything built on ggml's file loaders: ollama, whisper.cpp, koboldcpp,
 * stable-diffusion.cpp. The loader stops at the first tensor.
 *
 * GGML prints the FASTEST axis first, so a PyTorch `[32001, 4096]` reads `4096, 32001`, and it pads the file's side with 1s up to four axes.
 * The shapes are kept in the printed order, without those trailing 1s: that is how the threads quote them and how a reader finds them in the
 * log again. To report them outermost axis first instead, reverse in `axes`.
 */
export const ggml: Dialect = {
  name: 'ggml',
  library: 'llama.cpp, whisper.cpp, stable-diffusion.cpp (ggml)',
  severity: 'error',
  patterns: [
    // 2023-04-10: [4096 x 32000]; 2023-04-16: 4096 x 32000; since 2023-08-21: 4096, 32000. Expected is the model, got is the file.
    message(
      'shape',
      'wrong shape',
      { expression: new RegExp(`tensor '(?<parameter>[^'\\n]+)' has wrong shape; expected ${dims('model')}, got ${dims('file')}`) },
      (fields) => readShapes(fields, { model: fields.text('model'), file: fields.text('file') }),
      [
        {
          text: "llama_model_load: error loading model: check_tensor_dims: tensor 'token_embd.weight' has wrong shape; expected  4096, 32001, got  4096, 32000,     1,     1",
          states: firstOf('token_embd.weight', [4096, 32000], [4096, 32001]),
        },
        {
          text: "error loading model: llama.cpp: tensor 'tok_embeddings.weight' has wrong shape; expected [5120 x 32000], got [5120 x 32001]",
          states: firstOf('tok_embeddings.weight', [5120, 32001], [5120, 32000]),
        },
        {
          text: "error loading model: llama.cpp: tensor 'norm.weight' has wrong shape; expected  5120, got  4096",
          states: firstOf('norm.weight', [4096], [5120]),
        },
      ],
    ),
    // ggml examples, whisper.cpp, old llama.cpp, koboldcpp: "got" is the model's tensor. stable-diffusion.cpp prints four axes, and there it is the file's.
    message(
      'shape-in-file',
      'wrong shape',
      {
        expression: new RegExp(
          `tensor '?(?<parameter>[^'\\s]+?)'? has wrong shape in model file[:,] ?got:? ?${dims('got')}, expected:? ?${dims('expected')}`,
        ),
      },
      readShapesInFile,
      [
        {
          text: "whisper_model_load: tensor 'encoder.conv1.weight' has wrong shape in model file: got [3, 80, 512], expected [3, 80, 384]",
          states: firstOf('encoder.conv1.weight', [3, 80, 384], [3, 80, 512]),
        },
        {
          text: "gptj_model_load: tensor 'transformer.wte.weight' has wrong shape in model file: got [4096, 50400], expected [4096, 50257]",
          states: firstOf('transformer.wte.weight', [4096, 50257], [4096, 50400]),
        },
        {
          text: "[ERROR] model.cpp:1892 - tensor 'model.diffusion_model.input_blocks.0.0.weight' has wrong shape in model file: got [3, 3, 9, 320], expected [3, 3, 4, 320]",
          states: firstOf('model.diffusion_model.input_blocks.0.0.weight', [3, 3, 9, 320], [3, 3, 4, 320]),
        },
      ],
    ),
    // whisper.cpp tells the shapes on a second line, the file's first; the others tell counts of elements or bytes (the model's first), or nothing.
    message(
      'size-in-file',
      'wrong size',
      {
        expression: new RegExp(
          `tensor '?(?<parameter>[^'\\s]+?)'? has wrong size in model file(?:[:.,] ?got:? ?(?<model>\\d+), expected:? ?(?<checkpoint>\\d+)|\\s*\\n[^\\n]{0,256}?shape: ${dims('file')}, expected: ${dims('expected')})?`,
        ),
        maxLines: 1,
        goesOn: (line) => /has wrong size in model file\s*$/.test(line),
      },
      readSizeInFile,
      [
        {
          text: "whisper_model_load: tensor 'encoder.conv1.weight' has wrong size in model file\nwhisper_model_load: shape: [3, 80, 512], expected: [3, 80, 384]",
          states: firstOf('encoder.conv1.weight', [3, 80, 512], [3, 80, 384]),
        },
        {
          text: "gpt2_model_load: tensor 'model/wte' has wrong size in model file: got 154389504, expected 77194752",
          states: [
            { kind: 'notice', topic: 'element-count', values: { parameter: 'model/wte', checkpoint: 77194752, model: 154389504 } },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
        {
          text: "llama_model_load: tensor 'tok_embeddings.weight' has wrong size in model file",
          states: [
            { kind: 'notice', topic: 'element-count', values: { parameter: 'tok_embeddings.weight' } },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // "Expected" counts the tensors in the file, "got" those that the model created.
    message(
      'tensor-count',
      'of tensors',
      { expression: /wrong number of tensors; expected (?<checkpoint>\d+), got (?<model>\d+)/ },
      readNotice('object-count', (fields) => ({ objects: 'tensors', checkpoint: fields.int('checkpoint'), model: fields.int('model') })),
      [
        {
          text: 'llama_model_load: error loading model: done_getting_tensors: wrong number of tensors; expected 292, got 291',
          states: [{ kind: 'notice', topic: 'object-count', values: { objects: 'tensors', checkpoint: 292, model: 291 } }],
        },
      ],
    ),
    message(
      'too-many-tensors',
      'tensors created',
      { expression: /too many tensors created; expected (?<checkpoint>\d+), got (?<model>\d+)/ },
      readNotice('object-count', (fields) => ({ objects: 'tensors', checkpoint: fields.int('checkpoint'), model: fields.int('model') })),
      [
        {
          text: 'llama_model_load: error loading model: done_getting_tensors: too many tensors created; expected 290, got 291',
          states: [{ kind: 'notice', topic: 'object-count', values: { objects: 'tensors', checkpoint: 290, model: 291 } }],
        },
      ],
    ),
    message(
      'tensors-lost',
      'corrupted model',
      { expression: /corrupted model: (?<expected>\d+) tensors expected but (?<found>\d+) found/ },
      readNotice('file-damaged', (fields) => ({ tensorsExpected: fields.int('expected'), tensorsFound: fields.int('found') })),
      [
        {
          text: 'llama_model_load: error loading model: corrupted model: 1086 tensors expected but 1085 found',
          states: [{ kind: 'notice', topic: 'file-damaged', values: { tensorsExpected: 1086, tensorsFound: 1085 } }],
        },
      ],
    ),
    // The loader's own check, and the quantizer's tables.
    message(
      'missing-tensor',
      'missing tensor',
      { expression: /missing tensor (?:'(?<keys>[^'\n]+)'|info mapping for (?<unmapped>\S{1,256}))/ },
      (fields) => missingOf(fields.optional('keys') ?? fields.text('unmapped')),
      [
        {
          text: "llama_model_load: error loading model: missing tensor 'blk.0.attn_q_norm.weight'",
          states: missingOf('blk.0.attn_q_norm.weight'),
        },
        {
          text: 'llama_model_load: error loading model: missing tensor info mapping for rope_factors_long.weight',
          states: missingOf('rope_factors_long.weight'),
        },
      ],
    ),
    message(
      'tensor-not-found',
      'error loading model',
      { expression: /error loading model: (?:[\w.]+: )?tensor '(?<keys>[^'\n]+)' not found/ },
      (fields) => missingOf(fields.text('keys')),
      [
        {
          text: "llama_model_load: error loading model: check_tensor_dims: tensor 'output_norm.weight' not found",
          states: missingOf('output_norm.weight'),
        },
      ],
    ),
    message(
      'unknown-tensor',
      'unknown tensor',
      { expression: /unknown tensor '(?<keys>[^'\n]+)' in model file/ },
      readFirstKeys('unexpected-keys'),
      [
        {
          text: "whisper_model_load: unknown tensor 'decoder.blocks.0.attn.scale' in model file",
          states: [
            { kind: 'unexpected-keys', keys: ['decoder.blocks.0.attn.scale'] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
  ],
};

/** `4096, 32000`, ` 4096 x 32000`, `[4096 x 32000]`, padded to any width. */
function dims(name: string): string {
  return `\\[?(?<${name}>\\s*\\d+(?:(?:,| x)\\s*\\d+)*)\\s*\\]?`;
}

/** The axes in the printed order; the 1s that the loader adds behind a file's axes are none of its own. */
function axes(text: string): Shape {
  const shape = [...parseShape(text)];
  while (shape.length > 1 && shape.at(-1) === 1) shape.pop();
  return shape;
}

function firstOf(parameter: string, checkpointShape: Shape, modelShape: Shape): readonly Statement[] {
  return [
    { kind: 'mismatch', parameter, checkpointShape, modelShape },
    { kind: 'incomplete', reason: 'first-only' },
  ];
}

function missingOf(key: string): readonly Statement[] {
  return [
    { kind: 'missing-keys', keys: [key] },
    { kind: 'incomplete', reason: 'first-only' },
  ];
}

function readShapes(fields: Fields, { model, file }: { readonly model: string; readonly file: string }): readonly Statement[] {
  // llama.cpp prints the model's axes unpadded: a 1 there is meant, and the file's is then one too.
  const modelShape = parseShape(model);
  const isPadded = parseShape(file).length > modelShape.length;
  return firstOf(fields.text('parameter'), isPadded ? axes(file) : parseShape(file), modelShape);
}

function readShapesInFile(fields: Fields): readonly Statement[] {
  const [got, expected] = [fields.text('got'), fields.text('expected')];
  const gotIsFile = parseShape(got).length === 4;
  return firstOf(fields.text('parameter'), axes(gotIsFile ? got : expected), axes(gotIsFile ? expected : got));
}

function readSizeInFile(fields: Fields): readonly Statement[] {
  const parameter = fields.text('parameter');
  if (fields.optional('file') !== undefined) return firstOf(parameter, axes(fields.text('file')), axes(fields.text('expected')));
  const counts = fields.optional('model') === undefined ? {} : { checkpoint: fields.int('checkpoint'), model: fields.int('model') };
  return [
    { kind: 'notice', topic: 'element-count', values: { parameter, ...counts } },
    { kind: 'incomplete', reason: 'first-only' },
  ];
}
