import { languageModels } from '../vocabulary-and-adapters/language-model-table.js';
import type { Tradition } from './model-traditions.js';

export interface ModelWidths {
  readonly tradition: Tradition;
  readonly model: string;
  readonly hidden: number;
  readonly ffn?: number;
  readonly layers?: number;
  readonly source: string;
}

type Row = readonly [
  tradition: Tradition,
  model: string,
  hidden: number,
  ffn: number | undefined,
  layers: number | undefined,
  source: string,
];

const hub = (repository: string): string => `config.json of ${repository}`;
const TIMM = 'timm, models/vision_transformer.py';
const SAM = 'facebookresearch/segment-anything, build_sam.py';
const SWIN = 'timm, models/swin_transformer.py';
const CONVNEXT = 'timm, models/convnext.py';

const ROWS: readonly Row[] = [
  ['bert', 'BERT-tiny', 128, 512, 2, hub('google/bert_uncased_L-2_H-128_A-2')],
  ['bert', 'BERT-mini', 256, 1024, 4, hub('google/bert_uncased_L-4_H-256_A-4')],
  ['bert', 'MiniLM (width 384)', 384, 1536, 12, hub('microsoft/MiniLM-L12-H384-uncased')],
  ['bert', 'BERT-small or -medium', 512, 2048, 8, hub('google/bert_uncased_L-8_H-512_A-8')],
  ['bert', 'BERT-base (or RoBERTa-base)', 768, 3072, 12, hub('google-bert/bert-base-uncased')],
  ['bert', 'BERT-large (or RoBERTa-large)', 1024, 4096, 24, hub('google-bert/bert-large-uncased')],
  ['bert', 'XLM-R XL', 2560, 10240, 36, hub('facebook/xlm-roberta-xl')],
  ['t5', 'T5-small', 512, 2048, 6, hub('google-t5/t5-small')],
  ['t5', 'T5-base', 768, 3072, 12, hub('google-t5/t5-base')],
  ['t5', 'T5-large', 1024, 4096, 24, hub('google-t5/t5-large')],
  ['t5', 'T5-3B', 1024, 16384, 24, hub('google-t5/t5-3b')],
  ['t5', 'T5-11B', 1024, 65536, 24, hub('google-t5/t5-11b')],
  ['t5', 'Flan-T5-small or T5 v1.1 small', 512, 1024, 8, hub('google/flan-t5-small')],
  ['t5', 'Flan-T5-base or T5 v1.1 base', 768, 2048, 12, hub('google/flan-t5-base')],
  ['t5', 'Flan-T5-large or T5 v1.1 large', 1024, 2816, 24, hub('google/flan-t5-large')],
  ['t5', 'Flan-T5-XL or T5 v1.1 XL', 2048, 5120, 24, hub('google/flan-t5-xl')],
  ['t5', 'Flan-T5-XXL or T5 v1.1 XXL', 4096, 10240, 24, hub('google/flan-t5-xxl')],
  ['gpt2', 'GPT-2 (or DistilGPT2)', 768, 3072, 12, hub('openai-community/gpt2')],
  ['gpt2', 'GPT-2 medium', 1024, 4096, 24, hub('openai-community/gpt2-medium')],
  ['gpt2', 'GPT-2 large', 1280, 5120, 36, hub('openai-community/gpt2-large')],
  ['gpt2', 'GPT-2 XL', 1600, 6400, 48, hub('openai-community/gpt2-xl')],
  ['opt', 'OPT-125m', 768, 3072, 12, hub('facebook/opt-125m')],
  ['opt', 'OPT-350m', 1024, 4096, 24, hub('facebook/opt-350m')],
  ['opt', 'OPT-1.3b', 2048, 8192, 24, hub('facebook/opt-1.3b')],
  ['opt', 'OPT-2.7b', 2560, 10240, 32, hub('facebook/opt-2.7b')],
  ['opt', 'OPT-6.7b', 4096, 16384, 32, hub('facebook/opt-6.7b')],
  ['opt', 'OPT-13b', 5120, 20480, 40, hub('facebook/opt-13b')],
  ['neox', 'Pythia-70m', 512, 2048, 6, hub('EleutherAI/pythia-70m')],
  ['neox', 'Pythia-160m', 768, 3072, 12, hub('EleutherAI/pythia-160m')],
  ['neox', 'Pythia-410m or BLOOM-560m', 1024, 4096, 24, hub('EleutherAI/pythia-410m')],
  ['neox', 'Pythia-1b/1.4b or BLOOM-1b7', 2048, 8192, 24, hub('EleutherAI/pythia-1.4b')],
  ['neox', 'Pythia-2.8b or BLOOM-3b', 2560, 10240, 32, hub('EleutherAI/pythia-2.8b')],
  ['neox', 'Pythia-6.9b, BLOOM-7b1 or ChatGLM-6B', 4096, 16384, 32, hub('EleutherAI/pythia-6.9b')],
  ['neox', 'Pythia-12b', 5120, 20480, 36, hub('EleutherAI/pythia-12b')],
  ['neox', 'GPT-NeoX-20B', 6144, 24576, 44, hub('EleutherAI/gpt-neox-20b')],
  ['clip-text', 'the text tower of CLIP ViT-B', 512, 2048, 12, hub('openai/clip-vit-base-patch32')],
  ['clip-text', 'the text tower of CLIP ViT-L', 768, 3072, 12, hub('openai/clip-vit-large-patch14')],
  ['clip-text', 'the text tower of OpenCLIP ViT-H', 1024, 4096, 24, hub('laion/CLIP-ViT-H-14-laion2B-s32B-b79K')],
  ['clip-text', 'the text tower of OpenCLIP ViT-bigG', 1280, 5120, 32, hub('laion/CLIP-ViT-bigG-14-laion2B-39B-b160k')],
  ['vit', 'ViT-Ti', 192, 768, 12, TIMM],
  ['vit', 'ViT-S', 384, 1536, 12, TIMM],
  ['vit', 'ViT-B', 768, 3072, 12, TIMM],
  ['vit', 'ViT-L', 1024, 4096, 24, TIMM],
  ['vit', 'SigLIP so400m', 1152, 4304, 27, hub('google/siglip-so400m-patch14-384')],
  ['vit', 'ViT-H', 1280, 5120, 32, TIMM],
  ['vit', 'ViT-g', 1408, 6144, 40, TIMM],
  ['vit', 'DINOv2 giant', 1536, 4096, 40, hub('facebook/dinov2-giant')],
  ['vit', 'ViT-bigG', 1664, 8192, 48, TIMM],
  ['vit', 'InternViT-6B', 3200, 12800, 45, hub('OpenGVLab/InternViT-6B-448px-V1-5')],
  ['sam', 'SAM vit_b', 768, 3072, 12, SAM],
  ['sam', 'SAM vit_l', 1024, 4096, 24, SAM],
  ['sam', 'SAM vit_h', 1280, 5120, 32, SAM],
  ['swin', 'Swin-T or -S', 96, undefined, undefined, SWIN],
  ['swin', 'Swin-B', 128, undefined, undefined, SWIN],
  ['swin', 'Swin-L', 192, undefined, undefined, SWIN],
  ['convnext', 'ConvNeXt-T or -S', 96, undefined, undefined, CONVNEXT],
  ['convnext', 'ConvNeXt-B', 128, undefined, undefined, CONVNEXT],
  ['convnext', 'ConvNeXt-L', 192, undefined, undefined, CONVNEXT],
  ['convnext', 'ConvNeXt-XL', 256, undefined, undefined, CONVNEXT],
  ['whisper', 'Whisper tiny', 384, 1536, 4, hub('openai/whisper-tiny')],
  ['whisper', 'Whisper base', 512, 2048, 6, hub('openai/whisper-base')],
  ['whisper', 'Whisper small', 768, 3072, 12, hub('openai/whisper-small')],
  ['whisper', 'Whisper medium', 1024, 4096, 24, hub('openai/whisper-medium')],
  ['whisper', 'Whisper large', 1280, 5120, 32, hub('openai/whisper-large-v2')],
  ['bart', 'BART-base', 768, 3072, 6, hub('facebook/bart-base')],
  ['bart', 'BART-large (or mBART, Pegasus)', 1024, 4096, 12, hub('facebook/bart-large')],
  ['bart', 'Marian', 512, 2048, 6, hub('Helsinki-NLP/opus-mt-en-de')],
  ['wav2vec2', 'wav2vec 2.0 or HuBERT base', 768, 3072, 12, hub('facebook/wav2vec2-base')],
  ['wav2vec2', 'wav2vec 2.0, HuBERT large or XLS-R 300M', 1024, 4096, 24, hub('facebook/wav2vec2-large')],
  ['wav2vec2', 'XLS-R 1B or HuBERT xlarge', 1280, 5120, 48, hub('facebook/wav2vec2-xls-r-1b')],
  ['bert', 'ELECTRA-small', 256, 1024, 12, hub('google/electra-small-discriminator')],
  ['bert', 'ELECTRA-base', 768, 3072, 12, hub('google/electra-base-discriminator')],
  ['bert', 'ELECTRA-large', 1024, 4096, 24, hub('google/electra-large-discriminator')],
  ['bert', 'DeBERTa-v3-xsmall', 384, 1536, 12, hub('microsoft/deberta-v3-xsmall')],
  ['bert', 'DeBERTa-base or DeBERTa-v3-small or -base', 768, 3072, 12, hub('microsoft/deberta-v3-base')],
  ['bert', 'DeBERTa-large or DeBERTa-v3-large', 1024, 4096, 24, hub('microsoft/deberta-v3-large')],
  ['bert', 'DeBERTa-v2-xlarge', 1536, 6144, 24, hub('microsoft/deberta-v2-xlarge')],
  ['albert', 'ALBERT-base', 768, 3072, 12, hub('albert/albert-base-v2')],
  ['albert', 'ALBERT-large', 1024, 4096, 24, hub('albert/albert-large-v2')],
  ['albert', 'ALBERT-xlarge', 2048, 8192, 24, hub('albert/albert-xlarge-v2')],
  ['albert', 'ALBERT-xxlarge', 4096, 16384, 12, hub('albert/albert-xxlarge-v2')],
  ['mamba', 'Mamba-130m', 768, undefined, 24, hub('state-spaces/mamba-130m-hf')],
  ['mamba', 'Mamba-370m', 1024, undefined, 48, hub('state-spaces/mamba-370m-hf')],
  ['mamba', 'Mamba-790m', 1536, undefined, 48, hub('state-spaces/mamba-790m-hf')],
  ['mamba', 'Mamba-1.4b', 2048, undefined, 48, hub('state-spaces/mamba-1.4b-hf')],
  ['mamba', 'Mamba-2.8b', 2560, undefined, 64, hub('state-spaces/mamba-2.8b-hf')],
];

export const modelWidths: readonly ModelWidths[] = [
  ...ROWS.map(
    ([tradition, model, hidden, ffn, layers, source]): ModelWidths => ({
      tradition,
      model,
      hidden,
      ...(ffn === undefined ? {} : { ffn }),
      ...(layers === undefined ? {} : { layers }),
      source,
    }),
  ),
  ...languageModels
    .filter(({ model }) => !/GPT|BLOOM|Falcon|ChatGLM|phi-2/.test(model))
    .map(({ model, hidden, ffn, source }): ModelWidths => ({ tradition: 'llama', model, hidden, ffn, source })),
];

/** Models of this tradition that have every size given; none where no hidden width was seen. */
export function modelsOf(tradition: Tradition, hidden: number | undefined, ffn: number | undefined): readonly ModelWidths[] {
  if (hidden === undefined) return [];
  const sameWidth = modelWidths.filter((entry) => entry.tradition === tradition && entry.hidden === hidden);
  const exact = sameWidth.filter((entry) => ffn === undefined || entry.ffn === undefined || entry.ffn === ffn);
  return exact;
}

export function modelsOfDepth(tradition: Tradition, layers: number): readonly ModelWidths[] {
  return modelWidths.filter((entry) => entry.tradition === tradition && entry.layers === layers);
}

/** `Llama-3-8B or Mistral-7B`; beyond three the width alone says more. */
export function inOneName(models: readonly ModelWidths[]): string | undefined {
  const names = [...new Set(models.map(({ model }) => model))];
  if (names.length === 0 || names.length > 3) return undefined;
  return names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}`;
}
