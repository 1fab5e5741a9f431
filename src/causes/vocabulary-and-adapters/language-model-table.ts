/** Widths of published language models, all in elements. `kv` is the number of rows of k_proj and v_proj. */
export interface LanguageModelWidths {
  readonly model: string;
  readonly hidden: number;
  readonly ffn: number;
  readonly kv: number;
  readonly heads: number;
  /** From config.json of this repository: hidden_size, intermediate_size, num_key_value_heads × head_dim, num_attention_heads. */
  readonly source: string;
}

type Row = readonly [model: string, hidden: number, ffn: number, kv: number, heads: number, source: string];

const ROWS: readonly Row[] = [
  ['Qwen2.5-0.5B', 896, 4864, 128, 14, 'Qwen/Qwen2.5-0.5B'],
  ['Qwen3-0.6B', 1024, 3072, 1024, 16, 'Qwen/Qwen3-0.6B'],
  ['Qwen2.5-1.5B', 1536, 8960, 256, 12, 'Qwen/Qwen2.5-1.5B'],
  ['Qwen2.5-3B', 2048, 11008, 256, 16, 'Qwen/Qwen2.5-3B'],
  ['Qwen3-1.7B', 2048, 6144, 1024, 16, 'Qwen/Qwen3-1.7B'],
  ['Llama-3.2-1B', 2048, 8192, 512, 32, 'meta-llama/Llama-3.2-1B'],
  ['TinyLlama-1.1B', 2048, 5632, 256, 32, 'TinyLlama/TinyLlama-1.1B-Chat-v1.0'],
  ['Gemma-2B', 2048, 16384, 256, 8, 'google/gemma-2b'],
  ['Gemma-2-2B', 2304, 9216, 1024, 8, 'google/gemma-2-2b'],
  ['phi-2', 2560, 10240, 2560, 32, 'microsoft/phi-2'],
  ['Qwen3-4B', 2560, 9728, 1024, 32, 'Qwen/Qwen3-4B'],
  ['Gemma-3-4B', 2560, 10240, 1024, 8, 'google/gemma-3-4b-pt'],
  ['Gemma-7B', 3072, 24576, 4096, 16, 'google/gemma-7b'],
  ['Llama-3.2-3B', 3072, 8192, 1024, 24, 'meta-llama/Llama-3.2-3B'],
  ['Phi-3-mini', 3072, 8192, 3072, 32, 'microsoft/Phi-3-mini-4k-instruct'],
  ['Gemma-2-9B', 3584, 14336, 2048, 16, 'google/gemma-2-9b'],
  ['Qwen2.5-7B', 3584, 18944, 512, 28, 'Qwen/Qwen2.5-7B'],
  ['Llama-2-7B', 4096, 11008, 4096, 32, 'meta-llama/Llama-2-7b-hf'],
  ['Llama-3-8B', 4096, 14336, 1024, 32, 'meta-llama/Meta-Llama-3-8B'],
  ['Mistral-7B', 4096, 14336, 1024, 32, 'mistralai/Mistral-7B-v0.1'],
  ['Qwen3-8B', 4096, 12288, 1024, 32, 'Qwen/Qwen3-8B'],
  ['Qwen1.5-7B', 4096, 11008, 4096, 32, 'Qwen/Qwen1.5-7B'],
  ['Yi-6B', 4096, 11008, 512, 32, '01-ai/Yi-6B'],
  ['ChatGLM2/3-6B', 4096, 13696, 256, 32, 'THUDM/chatglm3-6b'],
  ['BLOOM-7B', 4096, 16384, 4096, 32, 'bigscience/bloom-7b1'],
  ['ChatGLM-6B', 4096, 16384, 4096, 32, 'THUDM/chatglm-6b'],
  ['Falcon-7B', 4544, 18176, 64, 71, 'tiiuae/falcon-7b'],
  ['Llama-2-13B', 5120, 13824, 5120, 40, 'meta-llama/Llama-2-13b-hf'],
  ['Baichuan2-13B', 5120, 13696, 5120, 40, 'baichuan-inc/Baichuan2-13B-Base'],
  ['Qwen2.5-14B', 5120, 13824, 1024, 40, 'Qwen/Qwen2.5-14B'],
  ['Qwen2.5-32B', 5120, 27648, 1024, 40, 'Qwen/Qwen2.5-32B'],
  ['Mistral-Nemo', 5120, 14336, 1024, 32, 'mistralai/Mistral-Nemo-Base-2407'],
  ['Qwen3-14B', 5120, 17408, 1024, 40, 'Qwen/Qwen3-14B'],
  ['GPT-NeoX-20B', 6144, 24576, 6144, 64, 'EleutherAI/gpt-neox-20b'],
  ['Llama-1-30B', 6656, 17920, 6656, 52, 'huggyllama/llama-30b'],
  ['Yi-34B', 7168, 20480, 1024, 56, '01-ai/Yi-34B'],
  ['Llama-1-65B', 8192, 22016, 8192, 64, 'huggyllama/llama-65b'],
  ['Code Llama-34B', 8192, 22016, 1024, 64, 'codellama/CodeLlama-34b-hf'],
  ['Llama-2-70B', 8192, 28672, 1024, 64, 'meta-llama/Llama-2-70b-hf'],
  ['Llama-3-70B', 8192, 28672, 1024, 64, 'meta-llama/Meta-Llama-3-70B'],
  ['Qwen2-72B', 8192, 29568, 1024, 64, 'Qwen/Qwen2-72B'],
  ['Qwen2-72B GPTQ', 8192, 29696, 1024, 64, 'Qwen/Qwen2-72B-Instruct-GPTQ-Int4 (feed-forward padded for its groups)'],
  ['Llama-3.1-405B', 16384, 53248, 1024, 128, 'meta-llama/Llama-3.1-405B'],
];

export const languageModels: readonly LanguageModelWidths[] = ROWS.map(([model, hidden, ffn, kv, heads, source]) => ({
  model,
  hidden,
  ffn,
  kv,
  heads,
  source: `config.json of ${source}`,
}));

/** Models of this hidden width that also have every other width given. */
export function modelsWith(widths: Partial<Pick<LanguageModelWidths, 'hidden' | 'ffn' | 'kv'>>): readonly LanguageModelWidths[] {
  const { hidden, ffn, kv } = widths;
  return languageModels.filter(
    (model) =>
      (hidden === undefined || model.hidden === hidden) &&
      (ffn === undefined || model.ffn === ffn) &&
      (kv === undefined || model.kv === kv),
  );
}

/** Rows of the embeddings of each line of models: config.json of the repositories above, vocab_size. */
const VOCABULARIES: readonly (readonly [models: RegExp, rows: readonly number[]])[] = [
  [/Qwen/, [151936, 152064, 151851, 151646]],
  [/Gemma-3/, [262144, 262208]],
  [/Gemma/, [256000]],
  [/Llama-3/, [128256]],
  [/Llama-[12]|TinyLlama|Code Llama/, [32000, 32016]],
  [/Mistral-Nemo/, [131072]],
  [/Mistral/, [32000, 32768]],
  [/Phi-3/, [32064]],
  [/phi-2/, [51200]],
  [/Yi/, [64000]],
  [/Baichuan2/, [125696]],
];

/** Rows that a fine-tuning cuts away (padding) from a published embedding. */
const CUT = 1024;

/** A model of this name can have so many vocabulary rows: its own number, a cut of the padding, or more by added tokens, but not another line's number. */
export function canHaveRows(model: string, rows: number): boolean {
  const own = VOCABULARIES.find(([models]) => models.test(model))?.[1];
  if (own === undefined || own.includes(rows)) return true;
  const isOthers = VOCABULARIES.some(([, counts]) => counts.includes(rows));
  return !isOthers && rows > Math.min(...own) - CUT;
}
