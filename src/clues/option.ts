import { type ClueFact, type CluePattern, type ClueSource, cluePattern, told } from './clue-pattern.js';

/** What stands for itself; a variable or a call (`num_labels=len(labels)`) says nothing. */
const LITERAL = String.raw`-?\d[\d.]{0,30}(?:e[+-]?\d{1,3})?|True|False|None|true|false|null|"[^"\n]{1,200}"|'[^'\n]{1,200}'`;
const NO_MORE = String.raw`(?![\w.([*+/-]|\s?[*+/<>])`;
/** `name=value` of code and of Namespaces, `name: value` of YAML, `'name': value` of JSON and dicts, Megatron's `name ..... value`. */
const ASSIGNED = String.raw`["']?(?:\s?=(?!=)\s?|:\s{1,4}|\s\.{3,60}\s)(?<assigned>${LITERAL})${NO_MORE}`;
/** `--name value`, `--name=value`, `'--name', 'value'`; a bare word is a value on a command line. */
const GIVEN_NUMBER = String.raw`(?:=|\s{1,4}|["'],\s?["'])(?<given>-?\d[\d.]{0,30}(?:e[+-]?\d{1,3})?)(?![\w.])`;
/** In a sentence (`set the correct --vision_tower for your data`) another word follows; on a command line an option or the end. */
const GIVEN_WORD = String.raw`(?:=|\s{1,4}|["'],\s?["'])(?<given>(?!-)[^\s"'\x60,;\\\])}|]{1,200}|"[^"\n]{1,200}")(?=["'\\\]]|\s{1,4}-|\s{0,4}(?:\\\s{0,4})?$)`;

/** Behind a bracket or a comma, or alone on its line. */
const IN_CALL = String.raw`(?:^\s{0,80}|[(,{]\s{0,2})["']?`;
const ANYWHERE = String.raw`(?<![\w.\x60-])`;

interface Option {
  readonly name: string;
  /** Spellings, each its own literal; `name` alone unless told. */
  readonly spellings?: readonly string[];
  /** A word or a path, not a number. */
  readonly word?: boolean;
  /** May stand on a command line without a value. */
  readonly flag?: boolean;
  /** An argument of a call and nothing else: advice says the same words (`set strict=False to …`). */
  readonly codeOnly?: boolean;
  /** Like `codeOnly`, but there is an option of this name on command lines as well. */
  readonly inCalls?: boolean;
}

/** Options that settle which side has which size, or that change how a checkpoint is loaded. */
const OPTIONS: readonly Option[] = [
  { name: 'strict', spellings: ['strict='], codeOnly: true },
  { name: 'assign', spellings: ['assign='], codeOnly: true },
  { name: 'ignore_mismatched_sizes', flag: true, word: true, inCalls: true },
  { name: 'low_cpu_mem_usage', word: true },
  { name: 'device_map', word: true },
  { name: 'load_in_4bit', spellings: ['load_in_4bit', 'load-in-4bit'], flag: true, word: true },
  { name: 'load_in_8bit', spellings: ['load_in_8bit', 'load-in-8bit'], flag: true, word: true },
  // LLaVA's command line
  { name: 'load_4bit', spellings: ['load_4bit', 'load-4bit'], flag: true, word: true },
  { name: 'load_8bit', spellings: ['load_8bit', 'load-8bit'], flag: true, word: true },
  { name: 'wbits' },
  { name: 'groupsize' },
  { name: 'quantization', word: true },
  { name: 'quantization_bit' },
  { name: 'quant_method', word: true },
  { name: 'num_labels' },
  { name: 'num_classes', spellings: ['num_classes', 'num-classes', 'NUM_CLASSES'] },
  { name: 'lora_r', spellings: ['lora_r', 'lora-r'] },
  { name: 'lora_rank', spellings: ['lora_rank', 'lora-rank'] },
  { name: 'lora_alpha', spellings: ['lora_alpha', 'lora-alpha'] },
  { name: 'network_dim' },
  { name: 'image_size', spellings: ['image_size', 'image-size'] },
  { name: 'img_size', spellings: ['img_size', 'img-size'] },
  { name: 'patch_size', spellings: ['patch_size', 'patch-size'] },
  { name: 'window_size', spellings: ['window_size'] },
  { name: 'in_channels' },
  { name: 'in_chans' },
  { name: 'max_position_embeddings' },
  { name: 'vocab_size', spellings: ['vocab_size'] },
  { name: 'pad_to_multiple_of' },
  { name: 'pre_seq_len' },
  { name: 'num_key_value_heads' },
  { name: 'tie_word_embeddings' },
  { name: 'num_hidden_layers' },
  { name: 'hidden_size' },
  { name: 'tensor_model_parallel_size', spellings: ['tensor_model_parallel_size', 'tensor-model-parallel-size'] },
  { name: 'pipeline_model_parallel_size', spellings: ['pipeline_model_parallel_size', 'pipeline-model-parallel-size'] },
  { name: 'tensor_parallel_size', spellings: ['tensor_parallel_size', 'tensor-parallel-size'] },
  // GPT-NeoX
  { name: 'model_parallel_size', spellings: ['model-parallel-size'] },
  { name: 'pipe_parallel_size', spellings: ['pipe-parallel-size', 'pipe_parallel_size'] },
  { name: 'mm_projector_type', word: true },
  { name: 'pretrain_mm_mlp_adapter', word: true },
  { name: 'resume_from_checkpoint', word: true },
];

/** Options of the run or of the load, as commands, configurations and the code in tracebacks show them. */
export const option: ClueSource = {
  name: 'option',
  patterns: [
    cluePattern(
      'passed-num-labels', // transformers/configuration_utils.py: what the call asked for, against what config.json says
      'num_labels=',
      /You passed (?:along )?`num_labels=(?<count>\d{1,7})` (?:which is incompatible|with an incompatible)/,
      (fields) => [is('num_labels', fields.text('count'))],
      [
        told(
          '[transformers] You passed `num_labels=100` which is incompatible to the `id2label` map of length `1000`.',
          is('num_labels', '100'),
        ),
        told("You passed along `num_labels=3` with an incompatible id to label map: {'0': 'NEG', '1': 'POS'}.", is('num_labels', '3')),
      ],
    ),
    ...(['tensor', 'pipeline'] as const).map((kind) =>
      cluePattern(
        `megatron-${kind}`, // megatron/training/arguments.py, validate_args
        `${kind}-model-parallel size`,
        () => new RegExp(String.raw`(?<!encoder-)${kind}-model-parallel size: (?<count>\d{1,5})`),
        (fields) => [is(`${kind}_model_parallel_size`, fields.text('count'))],
        [
          told(
            'using world size: 8, data-parallel size: 2, tensor-model-parallel size: 2, pipeline-model-parallel size: 2',
            is(`${kind}_model_parallel_size`, '2'),
          ),
        ],
      ),
    ),
    ...OPTIONS.flatMap((each) => (each.spellings ?? [each.name]).map((spelling) => patternOf(each, spelling))),
  ],
};

function patternOf(option: Option, spelling: string): CluePattern {
  const { name, word: isWord = false, flag = false, codeOnly = false } = option;
  const word = spelling.replace(/=$/, '');
  return cluePattern(
    `option-${spelling}`,
    spelling,
    () => new RegExp(wording(option, word)),
    (fields) => {
      const value = fields.optional('assigned') ?? fields.optional('given');
      if (value !== undefined) return /^(?:None|null)$/.test(value) ? [] : [is(name, value.replace(/^["']|["']$/g, ''))];
      return fields.optional('bare') === undefined ? [] : [is(name, 'True')];
    },
    [...samplesOf(name, word, isWord, codeOnly), ...(flag ? [told(`python train.py --${word} --bf16`, is(name, 'True'))] : [])],
  );
}

function wording({ word: isWord = false, flag = false, codeOnly = false, inCalls = codeOnly }: Option, word: string): string {
  const inCode = `${inCalls ? IN_CALL : ANYWHERE}${word}${ASSIGNED}`;
  if (codeOnly) return inCode;
  const bare = flag ? String.raw`|(?=\s{1,4}-|\s{0,4}(?:\\\s{0,4})?$|["'],\s?["']-|["']\])(?<bare>)` : '';
  return String.raw`--(?:\w{1,30}\.)?${word}(?:${isWord ? GIVEN_WORD : GIVEN_NUMBER}${bare})|${inCode}`;
}

function samplesOf(name: string, word: string, isWord: boolean, codeOnly: boolean) {
  const inCode = [
    told(`    model = build(path, ${word}=False)`, is(name, 'False')),
    told(`    model = build(path, ${word}=args.value)`),
    told(`    model = build(path, ${word}=None)`),
    told(`You may consider passing \`${word}=True\` here.`),
  ];
  if (codeOnly) return inCode;
  return [
    ...inCode,
    told(`  "${word}": 5,`, is(name, '5')),
    told(`  ${word}: 16`, is(name, '16')),
    told(`  ${word} ...................... 2`, is(name, '2')),
    told(`python train.py --${word} 336 --bf16`, is(name, '336')),
    told(`['python', 'train.py', '--${word}', '${isWord ? 'x' : '8'}']`, is(name, isWord ? 'x' : '8')),
    told(`Please set the correct --${word} for your own data.`),
  ];
}

function is(name: string, value: string): ClueFact {
  return { kind: 'option', name, value };
}
