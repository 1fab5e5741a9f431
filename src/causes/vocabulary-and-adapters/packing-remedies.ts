import type { Remedy } from '../../model/diagnosis.js';
import type { Packing } from './packings.js';

/** What to do, by what differs and by the side that is packed. */
export function packingRemedies(form: Packing['form'] | 'keys', side: Packing['packedSide'], format: string): readonly Remedy[] {
  if (side === 'both') return [bothQuantised(form)];
  return side === 'checkpoint' ? packedFile(format) : packedModel();
}

function packedFile(format: string): readonly Remedy[] {
  const own = format.includes('torch.ao') ? QUANTISE_FIRST : undefined;
  return [
    own ?? {
      title: `Load the file with the loader of its format (${format})`,
      text: 'In transformers and diffusers the config.json beside the weights has to carry `quantization_config` and the package must be installed; in ComfyUI use the loader node of that format (NF4, GGUF).',
      ...(format.startsWith('bitsandbytes')
        ? {
            snippet: {
              language: 'bash',
              code: 'pip install -U bitsandbytes accelerate\ngrep -A8 quantization_config config.json',
            } as const,
          }
        : {}),
    },
    {
      title: 'Take the 16-bit weights of the same model',
      text: 'A program that does not know the format, and every conversion, merge or full fine-tuning, needs the unpacked weights.',
      cost: 'Two to four times the disk and memory.',
    },
  ];
}

/** A program that builds each layer as the configuration says, and then reads a file that says otherwise. */
export function servedRemedies(layer: string): readonly Remedy[] {
  return [
    {
      title: 'Hold the quantisation configuration against the layer',
      text: `The config.json beside the weights has to carry a quantization_config of the format of the file, and must not except ${layer} (\`ignore\`, \`modules_to_not_convert\`). With a configuration for another format, or none, layers are built that do not take what the file holds.`,
      snippet: { language: 'bash', code: 'grep -A30 quantization_config config.json' },
    },
    {
      title: 'Upgrade the program',
      text: 'Where the configuration is right, this release may build the layer (a router, experts, a vision tower, a fused projection) without the quantisation of the file.',
    },
  ];
}

/** torch/ao/nn/quantized: the packed layers are classes of their own, which only the conversion puts into a model. */
const QUANTISE_FIRST: Remedy = {
  title: 'Convert the model as it was converted before it was saved, then load',
  text: 'Build it, run the same quantize_dynamic, or prepare and convert, with the same settings, and load the file into the result.',
  snippet: {
    language: 'python',
    code: 'model = torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)   # or prepare(...); convert(...)\nmodel.load_state_dict(state_dict)',
  },
};

function packedModel(): readonly Remedy[] {
  return [
    {
      title: 'Build the model without quantisation for this load',
      text: 'Leave out load_in_4bit / load_in_8bit (or the quantisation plugin): plain weights cannot be copied into layers that are already packed.',
    },
    {
      title: 'Let the library quantise while it loads',
      text: 'from_pretrained with a quantization_config reads full-precision weights and packs them layer by layer; a later load_state_dict cannot.',
      snippet: {
        language: 'python',
        code: 'AutoModelForCausalLM.from_pretrained(path, quantization_config=BitsAndBytesConfig(load_in_4bit=True))',
      },
    },
  ];
}

const SETTINGS: Partial<Record<Packing['form'] | 'keys', Remedy>> = {
  groups: {
    title: 'Set the group size that the file was quantised with',
    text: 'It stands in quantize_config.json (`group_size`) or in the file name; one row of scales means no groups (-1). Otherwise quantise again.',
    snippet: { language: 'bash', code: 'grep -E "group_size|bits|desc_act" quantize_config.json config.json' },
  },
  bits: {
    title: 'Set the number of bits that the file was quantised with',
    text: 'It stands in quantize_config.json (`bits`) or in the file name.',
    snippet: { language: 'bash', code: 'grep -E "group_size|bits|desc_act" quantize_config.json config.json' },
  },
  orientation: {
    title: 'Quantise again, or use the release that wrote the file',
    text: 'Older GPTQ code stores scales as [out, 1], newer code as [groups, out]; the packed weights changed with it, so a transpose is not enough.',
  },
  tiles: {
    title: 'Quantise with the same release and options that build the model',
    text: 'The quantiser pads input widths to a multiple of 1024; the model that loads must be built with the same padding.',
  },
};

function bothQuantised(form: Packing['form'] | 'keys'): Remedy {
  return (
    SETTINGS[form] ?? {
      title: 'Use the quantisation settings that the file was written with',
      text: 'They stand in the configuration beside the file; otherwise quantise again.',
    }
  );
}
