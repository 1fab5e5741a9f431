import type { Statement } from '../model/finding.js';
import type { Fields, Form } from '../model/pattern.js';
import { template } from '../model/template.js';
import { cutMark, type Dialect, message, OPEN_LISTING, readKeys } from './dialect.js';

/** Names in a Python list or separated by commas, to the end of the line or of the sentence. */
const KEYS = String.raw`(?:\[(?:(?!Loading adapter weights)[^\]\n])*\]|\['[^'\n]*'(?:, '[^'\n]*')*|[^\s,'"\\()]+(?:, ?[^\s,'"\\()]+)*(?![^\s'"\\)])(?!\s*,))`;
const TIGHT_KEYS = String.raw`(?:\[(?:(?!Loadingadapterweights)[^\]])*\]|\['[^']*'(?:,'[^']*')*|(?:(?!\.?Loadingadapterweights)\S)+(?<!,)(?=\.?Loadingadapterweights|$))`;

function adapterKeys(words: string): Form {
  const from = String.raw`Loading adapter weights from (?<checkpoint>(?:(?!led to)[^\n]){1,1024}) led to ${words}:`;
  return {
    expression: new RegExp(String.raw`${from}\s{1,4}(?<keys>${KEYS})`),
    squeezed: new RegExp(`${from.replaceAll(' ', '')}(?<keys>${TIGHT_KEYS})`),
    opens: 'Loading adapter weights',
    maxLines: 400,
  };
}

/**
 * PEFT (src/peft/peft_model.py, utils/save_and_load.py, utils/hotswap.py) and the adapters of transformers and diffusers. Ranks that differ
 * are told in PyTorch's words, ignored ones in those of transformers: `- name: found shape …`.
 */
export const peft: Dialect = {
  name: 'peft',
  library: 'PEFT, adapters in transformers and diffusers',
  severity: 'warning',
  patterns: [
    // 0.11 and later; the first parameter stands on the same line.
    message(
      'shapes-ignored',
      'Some weights',
      template('Some weights of {modelClass} were not initialized from the model checkpoint and are being ignored because'),
      (fields) => [{ kind: 'header', modelClass: fields.text('modelClass') }],
      [
        {
          text: 'UserWarning: Some weights of PeftModelForCausalLM were not initialized from the model checkpoint and are being ignored because you passed `ignore_mismatched_sizes=True`:',
          states: [{ kind: 'header', modelClass: 'PeftModelForCausalLM' }],
        },
      ],
    ),
    message(
      'missing-adapter-keys',
      'missing adapter keys',
      template('Found missing adapter keys while loading the checkpoint: {keys:open}', OPEN_LISTING),
      (fields) => withHeader([...readKeys('missing-keys')(fields), ...cutMark(fields.text('keys'))]),
      [
        {
          text: "/opt/conda/lib/python3.10/site-packages/peft/peft_model.py:599: UserWarning: Found missing adapter keys while loading the checkpoint: ['base_model.model.model.layers.0.self_attn.q_proj.lora_A.default.weight'].",
          states: [
            { kind: 'header' },
            { kind: 'missing-keys', keys: ['base_model.model.model.layers.0.self_attn.q_proj.lora_A.default.weight'] },
          ],
        },
      ],
    ),
    message(
      'hotswap',
      'Hot swapping',
      template('Hot swapping the adapter did not succeed, unexpected keys found: {keys:commas}'),
      readKeys('unexpected-keys'),
      [
        {
          text: 'RuntimeError: Hot swapping the adapter did not succeed, unexpected keys found: layers.0.lora_A.weight, layers.0.lora_B.weight.',
          states: [{ kind: 'unexpected-keys', keys: ['layers.0.lora_A.weight', 'layers.0.lora_B.weight'] }],
        },
      ],
      { severity: 'error' },
    ),
    // transformers integrations/peft.py ("not found in the model"), diffusers utils/peft_utils.py ("found in the model"), training scripts of both.
    message(
      'unexpected-adapter-keys',
      'adapter weights',
      adapterKeys('unexpected keys (?:not )?found in the model'),
      readAdapter('unexpected-keys'),
      [
        {
          text: "Loading adapter weights from ./checkpoint-5350/ led to unexpected keys not found in the model:  ['classifier.dense.bias', 'classifier.dense.weight'].",
          states: [
            { kind: 'header', checkpoint: './checkpoint-5350/' },
            { kind: 'unexpected-keys', keys: ['classifier.dense.bias', 'classifier.dense.weight'] },
          ],
        },
        {
          text: 'Loading adapter weights from state_dict led to unexpected keys found in the model: transformer.x.lora_A.weight, transformer.x.lora_B.weight. ',
          states: [{ kind: 'header' }, { kind: 'unexpected-keys', keys: ['transformer.x.lora_A.weight', 'transformer.x.lora_B.weight'] }],
        },
      ],
    ),
    message('absent-adapter-keys', 'adapter weights', adapterKeys('missing keys in the model'), readAdapter('missing-keys'), [
      {
        text: 'Loading adapter weights from org/adapter led to missing keys in the model: layers.0.lora_A.weight, layers.0.lora_B.weight',
        states: [
          { kind: 'header', checkpoint: 'org/adapter' },
          { kind: 'missing-keys', keys: ['layers.0.lora_A.weight', 'layers.0.lora_B.weight'] },
        ],
      },
    ]),
  ],
};

function readAdapter(kind: 'missing-keys' | 'unexpected-keys'): (fields: Fields) => readonly Statement[] {
  return (fields) => {
    const checkpoint = fields.text('checkpoint');
    const named = checkpoint === '' || checkpoint === 'state_dict' ? {} : { checkpoint };
    return withHeader([...readKeys(kind)(fields), ...cutMark(fields.text('keys'))], named);
  };
}

function withHeader(statements: readonly Statement[], more: { readonly checkpoint?: string } = {}): readonly Statement[] {
  return statements.length === 0 ? [] : [{ kind: 'header', ...more }, ...statements];
}
