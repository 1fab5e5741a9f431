import type { Evidence, Question, Remedy, Warning } from '../../model/diagnosis.js';
import type { Story } from './vocabulary-story.js';
import { paddingOf, roundingOf } from './vocabulary-story.js';
import { namedVocabulary, stockVocabulary } from './vocabulary-table.js';
import { counted } from './wording.js';

/** What one story tells the reader, filled with the two row counts. */
export interface VocabularyAdvice {
  readonly title: string;
  readonly evidence?: readonly Evidence[];
  readonly remedies: readonly Remedy[];
  readonly doesNotHelp?: readonly Warning[];
  readonly wouldDecide?: readonly Question[];
}

interface Rows {
  readonly checkpoint: number;
  readonly model: number;
}

const familyOf = (rows: number): string => namedVocabulary(rows)?.family ?? 'published';
const both = ({ checkpoint, model }: Rows): string => `The checkpoint has ${checkpoint} vocabulary rows, the model ${model}`;

const CONFIG_EDIT: Warning = {
  advice: 'Editing `vocab_size` in config.json',
  reason: 'it moves the mismatch to the next load, or makes an embedding smaller than the tokenizer, which fails at lookup.',
};

export function vocabularyAdvice(story: Story, rows: Rows): VocabularyAdvice {
  return ADVICE[story](rows);
}

const ADVICE: Readonly<Record<Story, (rows: Rows) => VocabularyAdvice>> = {
  'tokens-added': (rows) => ({
    title: `${both(rows)} (${familyOf(rows.model)}): ${counted(rows.checkpoint - rows.model, 'token was', 'tokens were')} added before saving, and this run did not resize its embedding.`,
    remedies: resizeModel(rows.checkpoint),
    doesNotHelp: [CONFIG_EDIT],
  }),
  padded: (rows) => {
    const multiple = paddingOf(rows.checkpoint, rows.model) ?? 8;
    return {
      title: `${both(rows)} (${familyOf(rows.model)}): the embedding was enlarged by ${rows.checkpoint - rows.model} rows before saving, to a multiple of ${multiple} (added tokens, and padding where they were fewer).`,
      remedies: [
        ...resizeModel(rows.checkpoint),
        {
          title: `Repeat the padding: pad_to_multiple_of=${multiple}`,
          text: `If len(tokenizer) is smaller than ${rows.checkpoint}, the rest is padding; resizing to len(tokenizer) alone gives another mismatch.`,
          snippet: { language: 'python', code: `model.resize_token_embeddings(len(tokenizer), pad_to_multiple_of=${multiple})` },
        },
      ],
      doesNotHelp: [CONFIG_EDIT],
    };
  },
  rounded: (rows) => ({
    title: `${both(rows)}: the larger is ${Math.min(rows.checkpoint, rows.model)} (${familyOf(Math.min(rows.checkpoint, rows.model))}) rounded up to a multiple of ${roundingOf(rows.checkpoint, rows.model)}, so one side padded its embedding.`,
    remedies: [
      {
        title: `Build the model with the ${rows.checkpoint} rows of the file`,
        text: 'vocab_size must be the number that the checkpoint was written with; the rows beyond the tokenizer belong to no token.',
        snippet: { language: 'python', code: `config.vocab_size = ${rows.checkpoint}` },
      },
      {
        title: 'Convert the file',
        text: 'Cut the padding rows off, or append rows: for this pair both are exact, because no token stands there.',
      },
    ],
  }),
  'file-shrunk': (rows) => ({
    title:
      rows.model % 64 === 0
        ? `${both(rows)} (${familyOf(rows.model)}, padded): something cut the embedding in the file to the length of the tokenizer.`
        : `${both(rows)} (${familyOf(rows.model)}): the embedding in the file was cut, or its vocabulary is another one.`,
    remedies: [
      {
        title: 'Load base and adapter (or file) without resizing to the tokenizer',
        text: `A published embedding has more rows than its tokenizer has entries, on purpose. AutoPeftModel resizes to len(tokenizer); AutoModelForCausalLM followed by PeftModel does not. If the file itself has ${rows.checkpoint} rows, resize this model to it before loading.`,
        snippet: {
          language: 'python',
          code: `model.resize_token_embeddings(${rows.checkpoint})  # the rows of the file, before loading it`,
        },
      },
      {
        title: 'In the training script, resize only upwards',
        text: 'Guard the call, so that the padding rows stay.',
        snippet: {
          language: 'python',
          code: 'if len(tokenizer) > model.get_input_embeddings().weight.shape[0]:\n    model.resize_token_embeddings(len(tokenizer))',
        },
      },
    ],
    doesNotHelp: [CONFIG_EDIT],
  }),
  'model-shrunk': (rows) => ({
    title: `${both(rows)}: the file has the published size (${familyOf(rows.checkpoint)}), and this run built or cut its embedding to another number.`,
    remedies: [
      {
        title: `Build the model with ${rows.checkpoint} rows`,
        text: 'Take vocab_size from the config.json beside the weights and leave out resize_token_embeddings where the tokenizer is not longer than the embedding.',
        snippet: { language: 'python', code: `model.resize_token_embeddings(${rows.checkpoint})  # before loading` },
      },
    ],
  }),
  'model-ahead': (rows) => ({
    title:
      stockVocabulary(rows.model)?.base === rows.checkpoint
        ? `${both(rows)}: the file has the vocabulary of ${familyOf(rows.checkpoint)}, the model was built with that of ${familyOf(rows.model)}, which has ${counted(rows.model - rows.checkpoint, 'token')} more.`
        : `${both(rows)}: the file has the published size (${familyOf(rows.checkpoint)}), the configuration or the tokenizer of this run counts ${counted(rows.model - rows.checkpoint, 'token')} more.`,
    remedies: [
      {
        title: `Load with ${rows.checkpoint} rows first, resize afterwards`,
        text: `Set vocab_size to ${rows.checkpoint} in the config.json that lies beside the plain weights, or remove the added_tokens.json that does not belong to them. Add tokens after the weights are loaded.`,
        snippet: {
          language: 'python',
          code: `model = AutoModelForCausalLM.from_pretrained(path)  # ${rows.checkpoint} rows\nmodel.resize_token_embeddings(${rows.model})`,
        },
      },
      {
        title: 'Take the weights that have the tokens',
        text: `If the configuration comes from a fine-tuned model, its weights with ${rows.model} rows exist: point to them instead of the base.`,
      },
    ],
  }),
  extended: (rows) => ({
    title: `${both(rows)} (${familyOf(rows.model)}): the file was trained with a vocabulary extended by ${rows.checkpoint - rows.model} tokens.`,
    remedies: [
      {
        title: 'Use the tokenizer and the base of the extended model',
        text: `The project that published the file merges its tokenizer into the base, or has a script for it. Load its tokenizer (${rows.checkpoint} entries), resize, then load.`,
        snippet: {
          language: 'python',
          code: `tokenizer = AutoTokenizer.from_pretrained(adapter_or_model_folder)\nmodel.resize_token_embeddings(${rows.checkpoint})`,
        },
      },
    ],
    doesNotHelp: [CONFIG_EDIT],
  }),
  'two-vocabularies': (rows) => ({
    title: `${both(rows)}: these are the vocabularies of ${familyOf(rows.checkpoint)} and of ${familyOf(rows.model)}, two models and not added tokens.`,
    evidence: [rows.checkpoint, rows.model].flatMap((count) => {
      const known = namedVocabulary(count);
      return known === undefined
        ? []
        : [
            {
              statement: `${count} rows: ${known.rows === count ? '' : `the ${known.rows} and ${count - known.rows} more of `}${known.family} (${known.source})`,
            },
          ];
    }),
    remedies: [
      {
        title: 'Choose weights and model of one family',
        text: `The file belongs to ${familyOf(rows.checkpoint)}: build that model (its config.json and tokenizer), or load the weights of ${familyOf(rows.model)}.`,
      },
    ],
    doesNotHelp: [{ advice: '`resize_token_embeddings`', reason: 'the sizes would agree, but a row would stand for another token.' }],
  }),
  siblings: (rows) => ({
    title: `${both(rows)}: both are published sizes of one family (${familyOf(rows.checkpoint)}; ${familyOf(rows.model)}), so the configuration or the tokenizer is that of a sibling.`,
    remedies: [
      {
        title: `Take the config.json and the tokenizer that belong to the weights (${rows.checkpoint} rows)`,
        text: 'The siblings differ in a few rows only; the width agrees here, so nothing else refuses the file.',
      },
      {
        title: 'Take the weights that belong to the configuration',
        text: `These have ${rows.model} rows (${familyOf(rows.model)}).`,
      },
    ],
    doesNotHelp: [
      {
        advice: '`resize_token_embeddings`',
        reason: 'it makes the sizes agree; whether the tokens agree depends on the sibling: compare the tokenizers first.',
      },
    ],
  }),
  dictionary: (rows) => ({
    title: `${both(rows)}: the dictionary of this run is not the one that the checkpoint was trained with.`,
    remedies: [
      {
        title: 'Use the dictionary that came with the checkpoint',
        text: `Copy its dict.txt over the one in the data folder, or preprocess again with it. fairseq adds four special symbols, so its file has ${rows.checkpoint - 4} lines (fewer where padding words or language tokens were added).`,
        snippet: { language: 'bash', code: 'fairseq-preprocess --srcdict model/dict.src.txt --tgtdict model/dict.tgt.txt …' },
      },
      {
        title: 'Repeat --langs as in training',
        text: 'mBART and multilingual tasks append one token for each language in --langs, in that order.',
      },
    ],
    doesNotHelp: [
      { advice: 'Cutting or padding the tensor', reason: 'every row after the first differing entry stands for another word.' },
    ],
    wouldDecide: [{ question: 'How many lines does each dictionary have?', command: 'wc -l data-bin/dict.*.txt model/dict.*.txt' }],
  }),
  ctc: (rows) => ({
    title: `The checkpoint has ${rows.checkpoint} output symbols, the model ${rows.model}: the character vocabulary of the recogniser was built anew.`,
    remedies: [
      {
        title: 'Load the processor of the checkpoint',
        text: 'Take vocab.json and the processor from the folder of the checkpoint instead of building them from the new data set; the order of the symbols counts as much as their number.',
        snippet: { language: 'python', code: 'processor = Wav2Vec2Processor.from_pretrained(checkpoint_folder)' },
      },
      {
        title: 'Train a new head on purpose',
        text: 'For another language pass vocab_size=len(processor.tokenizer) and ignore_mismatched_sizes=True; only the head starts anew.',
      },
    ],
    wouldDecide: [{ question: 'Does the run fine-tune to another language (then a new head is expected) or use the checkpoint as it is?' }],
  }),
  symbols: (rows) => ({
    title: `The checkpoint has ${rows.checkpoint} symbols, the model ${rows.model}: the symbol or vocabulary file of this run is not the one of the training.`,
    remedies: [
      {
        title: `Use the symbol list of the checkpoint (${rows.checkpoint} entries)`,
        text: 'Copy the symbols, vocabulary or cleaner setting of the training run (symbols.py, vocab.txt, the config.json beside the weights). The order counts as much as the number.',
      },
      {
        title: 'To add symbols for training on',
        text: 'Append them at the end and copy the old rows into the larger table before training; projects often ship a script for it.',
      },
    ],
    doesNotHelp: [
      {
        advice: 'Cutting or padding the table to fit',
        reason: 'it loads, and pronounces or writes other symbols unless the order is the same.',
      },
    ],
  }),
  rebuilt: (rows) => ({
    title: `${both(rows)}: the vocabulary was built anew or resized on one side only.`,
    remedies: [
      {
        title: `Use the vocabulary that was saved with the checkpoint (${rows.checkpoint} entries)`,
        text: 'A vocabulary counted from data changes with the data, the threshold and the order. Load the saved file, and pass its size where the model is built.',
      },
      ...resizeModel(rows.checkpoint),
    ],
    doesNotHelp: [
      { advice: 'Cutting or padding the tensor to fit', reason: 'every row after the first differing entry stands for another word.' },
    ],
  }),
};

function resizeModel(rows: number): readonly Remedy[] {
  return [
    {
      title: `Resize the embedding to the ${rows} rows of the file, then load`,
      text: 'First the base model, then the resize, then the checkpoint or adapter; resuming and merging need the same order. The tokenizer of the checkpoint folder has the added tokens.',
      snippet: {
        language: 'python',
        code: `model.resize_token_embeddings(${rows})\nmodel.load_state_dict(state_dict)  # or PeftModel.from_pretrained(model, folder)`,
      },
    },
  ];
}
