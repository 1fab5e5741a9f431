import { template } from '../model/template.js';
import { type Dialect, message, readMismatch } from './dialect.js';

/** Fooocus' inpaint patch as comfyui-inpaint-nodes applies it (krita-ai-diffusion#536). The model stands first. */
export const fooocusInpaint: Dialect = {
  name: 'fooocus-inpaint',
  library: 'Fooocus inpaint patch',
  severity: 'warning',
  patterns: [
    message(
      'shape',
      'mismatch',
      template('[ApplyFooocusInpaint] Shape mismatch {parameter}, weight not merged ({modelShape} != {checkpointShape})'),
      readMismatch(),
      [
        {
          text: '[ApplyFooocusInpaint] Shape mismatch diffusion_model.input_blocks.4.0.in_layers.2.weight, weight not merged (torch.Size([640, 320, 3, 3]) != torch.Size([640, 320, 1, 1]))',
          states: [
            {
              kind: 'mismatch',
              parameter: 'diffusion_model.input_blocks.4.0.in_layers.2.weight',
              checkpointShape: [640, 320, 1, 1],
              modelShape: [640, 320, 3, 3],
            },
          ],
        },
      ],
    ),
  ],
};
