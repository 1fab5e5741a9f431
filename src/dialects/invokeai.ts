import { template } from '../model/template.js';
import { type Dialect, message, readNotice } from './dialect.js';

/** InvokeAI, invokeai/backend/patches/layer_patcher.py: numbers of elements; the LoRA's is the checkpoint's. */
export const invokeai: Dialect = {
  name: 'invokeai',
  library: 'InvokeAI',
  severity: 'warning',
  patterns: [
    message(
      'lora',
      'mismatch',
      template(
        "Skipping LoRA layer '{parameter:text}' due to shape mismatch: model has {model:int} elements, LoRA expects {checkpoint:int}",
      ),
      readNotice('element-count', (fields) => ({
        parameter: fields.text('parameter'),
        checkpoint: fields.int('checkpoint'),
        model: fields.int('model'),
      })),
      [
        {
          text: "[2026-03-02 10:11:12,345]::[LayerPatcher]::WARNING --> Skipping LoRA layer 'transformer_blocks.0.attn.to_q' due to shape mismatch: model has 9437184 elements, LoRA expects 16777216. This LoRA may be incompatible with this model architecture.",
          states: [
            {
              kind: 'notice',
              topic: 'element-count',
              values: { parameter: 'transformer_blocks.0.attn.to_q', checkpoint: 16777216, model: 9437184 },
            },
          ],
        },
      ],
    ),
  ],
};
