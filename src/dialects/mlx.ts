import type { Statement } from '../model/finding.js';
import type { Fields, Form } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, message, readFirstMismatch } from './dialect.js';

/** MLX, python/mlx/nn/layers/base.py. The model stands first; key lists have a name per line, a comma behind each, a full stop at the end. */
export const mlx: Dialect = {
  name: 'mlx',
  library: 'MLX',
  severity: 'error',
  patterns: [
    message(
      'shape',
      'received shape',
      template('Expected shape {modelShape} but received shape {checkpointShape} for parameter {parameter:tail}'),
      readFirstMismatch(),
      [
        {
          text: 'ValueError: Expected shape (32000, 4096) but received shape (32000, 512) for parameter model.embed_tokens.weight',
          states: [
            { kind: 'mismatch', parameter: 'model.embed_tokens.weight', checkpointShape: [32000, 512], modelShape: [32000, 4096] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'missing',
      'Error: Missing',
      list('Error: Missing (?<count>\\d+) parameters:'),
      readList('missing-keys'),
      [
        {
          text: 'ValueError: Missing 2 parameters: \nmodel.layers.0.self_attn.q_norm.weight,\nmodel.norm.weight.',
          states: [{ kind: 'missing-keys', keys: ['model.layers.0.self_attn.q_norm.weight', 'model.norm.weight'] }],
        },
      ],
      { reach: 4000 },
    ),
    message(
      'unexpected',
      'parameters not in model',
      list('Received (?<count>\\d+) parameters not in model:'),
      readList('unexpected-keys'),
      [
        {
          text: 'ValueError: Received 1 parameters not in model: \nmodel.layers.0.self_attn.rotary_emb.inv_freq.',
          states: [{ kind: 'unexpected-keys', keys: ['model.layers.0.self_attn.rotary_emb.inv_freq'] }],
        },
      ],
      { reach: 4000 },
    ),
    // Older releases: no count, blanks between, all on one line.
    message('missing-in-a-row', 'Missing parameters', row('Missing parameters:'), readRow('missing-keys'), [
      {
        text: 'ValueError: Missing parameters: model.layers.3.mlp.gate_proj.scales model.layers.3.mlp.gate_proj.biases.',
        states: [{ kind: 'missing-keys', keys: ['model.layers.3.mlp.gate_proj.scales', 'model.layers.3.mlp.gate_proj.biases'] }],
      },
    ]),
    message('unexpected-in-a-row', 'Received parameters', row('Received parameters not in model:'), readRow('unexpected-keys'), [
      {
        text: 'ValueError: Received parameters not in model: language_model.lm_head.weight.',
        states: [{ kind: 'unexpected-keys', keys: ['language_model.lm_head.weight'] }],
      },
      {
        text: 'ValueError: Received parameters not in model: visual.merger.mlp.0.weight visual.merger.ln_q.bias visual.merger.mlp.2.we',
        states: [
          { kind: 'unexpected-keys', keys: ['visual.merger.mlp.0.weight', 'visual.merger.ln_q.bias'] },
          { kind: 'incomplete', reason: 'cut' },
        ],
      },
    ]),
  ],
};

/** Names of parameters with blanks between: each has a full stop inside, which words of a sentence lack. */
function row(heading: string): Form {
  const name = String.raw`\w{1,256}(?:\.\w{1,256}){1,40}`;
  return { expression: new RegExp(String.raw`ValueError: ${heading} (?<names>${name}(?: ${name})*(?<end>\.(?!\w))?)`) };
}

/** Without the full stop at its end the line was cut, and the last name may be half of one. */
function readRow(kind: 'missing-keys' | 'unexpected-keys'): (fields: Fields) => readonly Statement[] {
  return (fields) => {
    const names = fields.text('names').split(' ');
    if (fields.optional('end') !== undefined) return [{ kind, keys: names.map((name) => name.replace(/\.$/, '')) }];
    const keys = names.slice(0, -1);
    return [keys.length === 0 ? { kind: 'half' } : { kind, keys }, { kind: 'incomplete', reason: 'cut' }];
  };
}

function list(heading: string): Form {
  return {
    expression: new RegExp(`${heading}\\s*(?<names>[^\\s,]{0,2048}(?:,\\s{1,80}[^\\s,]{1,2048})*)`),
    maxLines: 100_000,
    goesOn: (line) => /parameters(?: not in model)?:\s*$|,\s*$/.test(line),
  };
}

function readList(kind: 'missing-keys' | 'unexpected-keys'): (fields: Fields) => readonly Statement[] {
  return (fields) => {
    const keys = fields
      .text('names')
      .replace(/\.$/, '')
      .split(/,\s*/)
      .filter((key) => key !== '');
    if (keys.length === 0) return [];
    return [{ kind, keys }, ...(keys.length < fields.int('count') ? [{ kind: 'incomplete' as const, reason: 'cut' as const }] : [])];
  };
}
