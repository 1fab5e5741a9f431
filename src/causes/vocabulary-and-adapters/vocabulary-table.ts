/** Vocabulary sizes that published models ship with: rows of the embedding, or the length of the tokenizer where that is the smaller of the two. */
export interface StockVocabulary {
  readonly rows: number;
  readonly family: string;
  /** `weights`: rows of the published embedding. `tokenizer`: entries of the published tokenizer, fewer than the padded embedding has. */
  readonly what: 'weights' | 'tokenizer';
  /** Rows of the published vocabulary that this one extends. */
  readonly base?: number;
  readonly source: string;
}

type Entry = readonly [rows: number, family: string, source: string];

const config = (repository: string): string => `config.json of ${repository}: vocab_size`;
const tokenizer = (repository: string): string => `tokenizer of ${repository}: length with added tokens`;

/** Ascending by rows. */
const WEIGHTS: readonly Entry[] = [
  [148, 'Tacotron 2', 'NVIDIA/tacotron2, text/symbols.py: len(symbols)'],
  [185, 'Flowtron', 'NVIDIA/flowtron, config.json: n_text'],
  [322, 'GPT-SoVITS v1', 'RVC-Boss/GPT-SoVITS, text/symbols.py'],
  [732, 'GPT-SoVITS v2', 'RVC-Boss/GPT-SoVITS, text/symbols2.py'],
  [2546, 'F5-TTS with Emilia pinyin', 'SWivid/F5-TTS, Emilia_ZH_EN_pinyin/vocab.txt: 2545 entries and a filler'],
  [6681, 'XTTS v2', 'coqui/XTTS-v2, config.json: gpt_number_text_tokens'],
  [8008, 'BlenderBot 400M', config('facebook/blenderbot-400M-distill')],
  [21128, 'BERT Chinese', config('google-bert/bert-base-chinese')],
  [28996, 'BERT cased', config('google-bert/bert-base-cased')],
  [30000, 'ALBERT', config('albert/albert-base-v2')],
  [30522, 'BERT uncased, DistilBERT, ELECTRA, MiniLM', config('google-bert/bert-base-uncased')],
  [31090, 'SciBERT', config('allenai/scibert_scivocab_uncased')],
  [32000, 'Llama 1/2 and Mistral 7B v0.1', config('meta-llama/Llama-2-7b-hf')],
  [32005, 'CamemBERT', config('almanach/camembert-base')],
  [32128, 'T5 and Flan-T5', config('google-t5/t5-base')],
  [32256, 'DeepSeek-Coder', config('deepseek-ai/deepseek-coder-6.7b-base')],
  [32768, 'Mistral 7B v0.3', config('mistralai/Mistral-7B-v0.3')],
  [49152, 'StarCoder and SmolLM', config('bigcode/starcoder')],
  [49408, 'CLIP text', config('openai/clip-vit-large-patch14')],
  [50257, 'GPT-2 and GPT-Neo', config('openai-community/gpt2')],
  [50264, 'BART in fairseq', 'fairseq, examples/bart: dict.txt with 50260 lines and four special symbols'],
  [50265, 'RoBERTa and BART', config('FacebookAI/roberta-base')],
  [50272, 'OPT', config('facebook/opt-1.3b')],
  [50280, 'Mamba', config('state-spaces/mamba-2.8b-hf')],
  [50304, 'Pythia, OLMo and GPT-2 padded to 128', config('EleutherAI/pythia-1.4b')],
  [50358, 'BigBird', config('google/bigbird-roberta-base')],
  [50400, 'GPT-J', config('EleutherAI/gpt-j-6b')],
  [50432, 'GPT-NeoX 20B and MPT', config('EleutherAI/gpt-neox-20b')],
  [51200, 'Phi-1/2 and CodeGen', config('microsoft/phi-2')],
  [51864, 'Whisper for English', config('openai/whisper-base.en')],
  [51865, 'Whisper', config('openai/whisper-large-v2')],
  [51866, 'Whisper large-v3', config('openai/whisper-large-v3')],
  [54944, 'BlenderBot small', config('facebook/blenderbot_small-90M')],
  [64000, 'Yi and Baichuan 1', config('01-ai/Yi-6B')],
  [64001, 'PhoBERT', config('vinai/phobert-base')],
  [65024, 'ChatGLM2/3 and Falcon', config('THUDM/chatglm3-6b')],
  [65536, 'Jamba and RWKV world', config('ai21labs/Jamba-v0.1')],
  [92544, 'InternLM2', config('internlm/internlm2-7b')],
  [96103, 'Pegasus', config('google/pegasus-large')],
  [100352, 'StableLM 2, Phi-4 and OLMo 2', config('stabilityai/stablelm-2-1_6b')],
  [102400, 'DeepSeek LLM and V2', config('deepseek-ai/DeepSeek-V2')],
  [103168, 'InternLM', config('internlm/internlm-7b')],
  [105879, 'BERT multilingual uncased', config('google-bert/bert-base-multilingual-uncased')],
  [119547, 'BERT multilingual cased', config('google-bert/bert-base-multilingual-cased')],
  [122753, 'MiniCPM 2B', config('openbmb/MiniCPM-2B-sft-bf16')],
  [125696, 'Baichuan 2', config('baichuan-inc/Baichuan2-7B-Base')],
  [128100, 'DeBERTa v3', config('microsoft/deberta-v3-base')],
  [128112, 'M2M-100', config('facebook/m2m100_418M')],
  [128256, 'Llama 3', config('meta-llama/Meta-Llama-3-8B')],
  [129280, 'DeepSeek V3 and R1', config('deepseek-ai/DeepSeek-V3')],
  [130528, 'ChatGLM-6B since its second release', config('THUDM/chatglm-6b')],
  [131072, 'Mistral Nemo and Falcon 3', config('mistralai/Mistral-Nemo-Base-2407')],
  [150528, 'GLM-130B and the first ChatGLM-6B', 'THUDM/GLM-130B, configs/model_glm_130b.sh: --vocab-size; ChatGLM-6B#564'],
  [151552, 'GLM-4', config('THUDM/glm-4-9b')],
  [151936, 'Qwen up to 4B and all of Qwen3', config('Qwen/Qwen2.5-3B')],
  [152064, 'Qwen2 and Qwen2.5 from 7B on', config('Qwen/Qwen2.5-7B')],
  [200064, 'Phi-4 mini', config('microsoft/Phi-4-mini-instruct')],
  [201088, 'gpt-oss', config('openai/gpt-oss-20b')],
  [202048, 'Llama 4', config('meta-llama/Llama-4-Scout-17B-16E')],
  [250002, 'XLM-RoBERTa', config('FacebookAI/xlm-roberta-base')],
  [250027, 'mBART cc25', config('facebook/mbart-large-cc25')],
  [250054, 'mBART-50', config('facebook/mbart-large-50')],
  [250112, 'mT5', config('google/mt5-base')],
  [250880, 'BLOOM', config('bigscience/bloom')],
  [251000, 'mDeBERTa v3', config('microsoft/mdeberta-v3-base')],
  [256000, 'Gemma 1/2 and Command R', config('google/gemma-2b')],
  [256206, 'NLLB-200', config('facebook/nllb-200-distilled-600M')],
  [262144, 'Gemma 3 1B', config('google/gemma-3-1b-pt')],
  [262208, 'Gemma 3 from 4B on', config('google/gemma-3-4b-pt')],
];

/** Published vocabularies that begin with another published one: rows, rows of that one, family, source. */
const EXTENSIONS: readonly (readonly [rows: number, base: number, family: string, source: string])[] = [
  [30524, 30522, 'BLIP', 'Salesforce/BLIP, models/med.py: BERT uncased and two tokens'],
  [32016, 32000, 'Code Llama', config('codellama/CodeLlama-7b-hf')],
  [32064, 32000, 'Phi-3 mini and LLaVA-1.5', config('microsoft/Phi-3-mini-4k-instruct')],
  [49954, 32000, 'Chinese-LLaMA', 'ymcui/Chinese-LLaMA-Alpaca, README: merged tokenizer with 49953 entries and a pad token'],
  [55296, 32000, 'Chinese-LLaMA-2', config('hfl/chinese-llama-2-7b')],
];

/** Tokenizers that are shorter than the embedding which their model ships. */
const TOKENIZERS: readonly Entry[] = [
  [32011, 'Phi-3 mini', tokenizer('microsoft/Phi-3-mini-4k-instruct')],
  [32100, 'T5', tokenizer('google-t5/t5-base')],
  [50277, 'GPT-NeoX and Pythia', tokenizer('EleutherAI/gpt-neox-20b')],
  [50295, 'Phi-1/2', tokenizer('microsoft/phi-2')],
  [64796, 'ChatGLM3', 'chatglm3_6b_finetune#17 and THUDM/chatglm3-6b, tokenizer'],
  [128815, 'DeepSeek V3', tokenizer('deepseek-ai/DeepSeek-V3')],
  [151646, 'Qwen1.5 and Qwen2', tokenizer('Qwen/Qwen2-7B')],
  [151665, 'Qwen2.5', tokenizer('Qwen/Qwen2.5-7B')],
  [151669, 'Qwen3', tokenizer('Qwen/Qwen3-8B')],
  [250680, 'BLOOM', tokenizer('bigscience/bloom')],
  [262145, 'Gemma 3', tokenizer('google/gemma-3-4b-pt')],
];

export const stockVocabularies: readonly StockVocabulary[] = [
  ...WEIGHTS.map(([rows, family, source]): StockVocabulary => ({ rows, family, what: 'weights', source })),
  ...EXTENSIONS.map(([rows, base, family, source]): StockVocabulary => ({ rows, base, family, what: 'weights', source })),
  ...TOKENIZERS.map(([rows, family, source]): StockVocabulary => ({ rows, family, what: 'tokenizer', source })),
];

const BY_ROWS: ReadonlyMap<number, StockVocabulary> = new Map(stockVocabularies.map((entry) => [entry.rows, entry]));

/** The published vocabulary of exactly this size. */
export function stockVocabulary(rows: number): StockVocabulary | undefined {
  return BY_ROWS.get(rows);
}

/** Rows of published weights only; a tokenizer's length is not what a model is built with. */
export function stockWeights(rows: number): StockVocabulary | undefined {
  const entry = BY_ROWS.get(rows);
  return entry?.what === 'weights' ? entry : undefined;
}

/** Below this many rows any number is near some table of symbols, and says nothing by itself. */
const TELLING = 1000;

/** Tokens that a fine-tuning adds to a published vocabulary without leaving its neighbourhood. */
const ADDED = 8;

/** The published vocabulary that these rows are, alone or rounded up to a multiple of 64 to 512, or with a few tokens added. */
export function namedVocabulary(rows: number): StockVocabulary | undefined {
  const exact = stockVocabulary(rows);
  if (exact !== undefined || rows < TELLING) return exact;
  const bases = stockVocabularies.filter((entry) => entry.rows >= TELLING && entry.rows < rows).toReversed();
  const added = nearestVocabulary(rows, ADDED);
  if (added !== undefined && added.rows < rows && added.rows >= TELLING) return added;
  return bases.find((entry) => [64, 128, 256, 512].some((multiple) => Math.ceil(entry.rows / multiple) * multiple === rows));
}

/** The published vocabulary that is nearest, at most `within` rows away. */
export function nearestVocabulary(rows: number, within: number): StockVocabulary | undefined {
  return stockVocabularies
    .filter((entry) => Math.abs(entry.rows - rows) <= within)
    .toSorted((a, b) => Math.abs(a.rows - rows) - Math.abs(b.rows - rows))[0];
}
