import type { Remedy } from '../../model/diagnosis.js';

/** Two forms of one part of a network, decided by an option or by a conversion. */
export interface FormPair {
  /** Names of the one form; absent where it has nothing in the place of the second. */
  readonly first?: RegExp;
  readonly second: RegExp;
  /** `side`: the one that has the second form. */
  readonly title: (side: 'checkpoint' | 'model') => string;
  readonly remedies: (side: 'checkpoint' | 'model') => readonly Remedy[];
  /** Why a load without strictness does not help. */
  readonly why: string;
  readonly source: string;
}

const otherSide = (side: 'checkpoint' | 'model') => (side === 'checkpoint' ? 'model' : 'checkpoint');

export const formPairs: readonly FormPair[] = [
  {
    first: /(^|\.)rbr_(dense|1x1|identity|conv|scale|skip)\./,
    second: /(^|\.)(rbr_reparam|reparam_conv)\./,
    title: (side) =>
      `The ${side} is in the deployed form (\`rbr_reparam\`, one convolution for each block), the ${otherSide(side)} in the form of the training (\`rbr_dense\`, \`rbr_1x1\`).`,
    remedies: (side) =>
      side === 'model'
        ? [
            {
              title: 'Build the model with deploy=False, load, then convert it',
              text: 'The conversion adds the branches of the training up to one convolution.',
              snippet: {
                language: 'python',
                code: 'model = create_model(deploy=False)\nmodel.load_state_dict(state_dict)\nmodel.eval()\nfor module in model.modules():\n    if hasattr(module, "switch_to_deploy"):\n        module.switch_to_deploy()',
              },
            },
          ]
        : [
            {
              title: 'Build the model with deploy=True',
              text: 'Right for inference. For training take the file from before the conversion: the branches cannot be had back from their sum.',
            },
          ],
    why: 'no block finds its weights, and all of them stay random.',
    source: 'DingXiaoH/RepVGG, repvgg.py: RepVGGBlock(deploy); apple/ml-mobileone, mobileone.py',
  },
  {
    first: /\.mlp\.fc[12]\.(weight|bias)$/,
    second: /\.mlp\.(w12|w3)\.(weight|bias)$/,
    title: (side) =>
      `The feed-forward layers are SwiGLU in the ${side} (\`mlp.w12\`, \`mlp.w3\`) and plain in the ${otherSide(side)} (\`mlp.fc1\`, \`mlp.fc2\`): another value of \`ffn_layer\`, or another code base.`,
    remedies: (side) => [
      {
        title: `Build the model with ffn_layer="${side === 'checkpoint' ? 'swiglufused' : 'mlp'}"`,
        text: 'The giant DINOv2 has SwiGLU, the smaller ones have not.',
      },
      {
        title: 'Or, where the model is that of timm: load the file through timm',
        text: 'Its giant DINOv2 has SwiGLU under the names `fc1` and `fc2`; `timm.create_model(..., pretrained=True)` or `checkpoint_path=` renames.',
      },
    ],
    why: 'the feed-forward layers of all blocks stay random.',
    source: 'facebookresearch/dinov2, dinov2/layers/swiglu_ffn.py and hub/backbones.py; timm, vision_transformer.py',
  },
  {
    second: /(^|\.)(ls[12]\.gamma|gamma_[12])$/,
    title: (side) =>
      `The blocks of the ${side} scale their outputs (LayerScale, \`ls1.gamma\`), those of the ${otherSide(side)} do not: another value of \`init_values\` (\`layerscale_init\`), or another class.`,
    remedies: (side) => [
      {
        title: `Build the model ${side === 'checkpoint' ? 'with' : 'without'} LayerScale, as the checkpoint`,
        text: 'In timm `init_values=1e-5` or `None`, in DINOv2 and DINOv3 `init_values` or `layerscale_init` of the hub function. The value itself is overwritten by the load.',
      },
    ],
    why: 'the factors are far from 1: without them, or with fresh ones, every block computes something else.',
    source: 'facebookresearch/dinov2, dinov2/layers/layer_scale.py; timm, vision_transformer.py: LayerScale',
  },
  {
    second: /\.\d+\.(\w+_)?adapters?\w*\./i,
    title: (side) =>
      `Only the ${side} has adapters in its blocks, and all else of them agrees: an option of the model that adds them is set on one side alone.`,
    remedies: (side) => [
      {
        title: `Build the model ${side === 'checkpoint' ? 'with' : 'without'} the adapters, as the checkpoint`,
        text: 'The options of the training decide (in SegmentAnyBone `if_encoder_adapter`), and for which blocks.',
      },
    ],
    why: 'the blocks were trained together with their adapters: without them, or with random ones, the results are not those of the training.',
    source: 'mazurowski-lab/SegmentAnyBone#6',
  },
];
