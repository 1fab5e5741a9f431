import type { Case, Cause, Decline, Diagnosis, Remedy } from '../../model/diagnosis.js';
import { decline } from '../../model/diagnosis.js';
import { STRICT_FALSE } from '../advice.js';
import {
  type AdapterTensor,
  adapterTensors,
  hasOtherRank,
  hasOtherWidth,
  hasPlaceholder,
  isMergedLinear,
  sitsOnVocabularyOrLabels,
} from './adapter-tensors.js';
import { toldSizes } from './told-options.js';
import { counted, distinct, listed, moreMaySurface, shownFirst } from './wording.js';

const ID = 'lora-rank';

/** The adapter's small side differs, the side that belongs to the base model agrees. */
const hasOtherRankOnly = (tensor: AdapterTensor): boolean => hasOtherRank(tensor) && !hasOtherWidth(tensor);

export const loraRank: Cause = { id: ID, diagnose };

function diagnose(subject: Case): Diagnosis | Decline {
  const { failure } = subject;
  const limit = failure.notices.find(({ topic }) => topic === 'rank-limit');
  const tensors = adapterTensors(failure);
  const ranked = tensors.filter(hasOtherRankOnly);
  const [first] = ranked;
  if (first === undefined) return limit === undefined ? decline(ID, 'no adapter tensor differs in its rank alone') : overLimit(subject);
  if (tensors.some(isMergedLinear)) {
    return decline(
      ID,
      'a three-dimensional lora_B is an adapter of an early PEFT release, whose lora_A holds two ranks in one (library-version-drift)',
    );
  }
  if (hasPlaceholder(failure))
    return decline(ID, 'parameters of shape [0] stand in the same list (zero3-placeholder-checkpoint, zero3-partitioned-model)');
  const foreign = tensors.filter((tensor) => hasOtherWidth(tensor) && !sitsOnVocabularyOrLabels(tensor));
  if (foreign.length > 0) return decline(ID, declineForWidths(foreign));
  return otherRank(subject, ranked, first);
}

function declineForWidths(foreign: readonly AdapterTensor[]): string {
  return foreign.every(({ half, rank }) => half === 'b' && rank.checkpoint === rank.model)
    ? 'lora_B keeps its rank while lora_A changes its rows: slices or shards of one rank (lora-target-modules, fsdp-sharded)'
    : 'the widths of the base model differ as well (lora-wrong-base)';
}

function otherRank({ failure, clues }: Case, ranked: readonly AdapterTensor[], { rank }: AdapterTensor): Diagnosis {
  const pairs = distinct(ranked.map(({ rank }) => `${rank.checkpoint}/${rank.model}`));
  const halves = distinct(ranked.map(({ half }) => half));
  const positions = ranked.map(({ position }) => position);
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: titleOf(pairs, rank),
    confidence: pairs.length === 1 && halves.length === 2 ? 'certain' : 'likely',
    specificity: 80,
    explained: { mismatches: positions, missingKeys: [], unexpectedKeys: [] },
    evidence: [
      {
        statement: `${counted(ranked.length, 'adapter tensor differs', 'adapter tensors differ')} in the rank axis only (rows of lora_A, columns of lora_B); the widths of the base model agree`,
      },
      ...shownFirst(failure.mismatches, positions),
      ...toldSizes(clues, ['lora_r', 'lora_rank', 'network_dim'], rank),
    ],
    remedies: remedies(pairs, rank),
    doesNotHelp: [
      STRICT_FALSE,
      {
        advice: 'Changing `lora_alpha`',
        reason: 'alpha scales the adapter and never shows in a shape; keep the value of the adapter_config.json that lies beside the file.',
      },
    ],
    afterwards: moreMaySurface(failure),
    wouldDecide:
      halves.length === 2
        ? []
        : [
            {
              question: 'Which r is the adapter file saved with?',
              command: 'grep -E \'"r"|rank_pattern|target_modules\' adapter_config.json',
            },
          ],
  };
}

function titleOf(pairs: readonly string[], rank: AdapterTensor['rank']): string {
  if (pairs.length === 1)
    return `The adapter file has LoRA rank ${rank.checkpoint}, the model was prepared for rank ${rank.model}: both must have the same r.`;
  return `The adapter file and the model have different LoRA ranks, and not the same pair everywhere (${listed(pairs)}): a rank_pattern or a rank per layer is lost on one side.`;
}

function remedies(pairs: readonly string[], { checkpoint }: AdapterTensor['rank']): readonly Remedy[] {
  if (pairs.length > 1) {
    return [
      {
        title: 'Build the adapter from the configuration that was saved with it',
        text: 'The file has several ranks. Load it with `PeftModel.from_pretrained(base, folder)`, which reads `r` and `rank_pattern` from adapter_config.json, and use a library release that honours ranks per layer.',
      },
    ];
  }
  return [
    {
      title: `Use r=${checkpoint}, the rank of the file`,
      text: `Set r=${checkpoint} in this run (LoraConfig, or the rank field of the training UI), or let PEFT read it from the adapter_config.json beside the file.`,
      snippet: {
        language: 'python',
        code: `model = PeftModel.from_pretrained(base_model, adapter_folder, is_trainable=True)  # r=${checkpoint} comes from adapter_config.json`,
      },
    },
    {
      title: 'Start a new adapter',
      text: 'If the other rank is wanted, save under a new name and do not resume from this file; an adapter cannot be continued with another rank.',
      cost: 'What the old adapter learnt is not used, unless it is merged into the base model first.',
    },
  ];
}

/** vLLM and its kin print numbers, no shapes: "LoRA rank 64 is greater than max_lora_rank 16". */
function overLimit({ failure }: Case): Diagnosis {
  const notice = failure.notices.find(({ topic }) => topic === 'rank-limit');
  const [rank, limit] = [notice?.values.checkpoint, notice?.values.model];
  const known = typeof rank === 'number' && typeof limit === 'number';
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: known
      ? `The adapter has LoRA rank ${rank}, the server accepts at most ${limit}.`
      : 'The adapter has a higher LoRA rank than the server accepts.',
    confidence: 'certain',
    specificity: 80,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys: [] },
    evidence: [
      {
        statement: known ? `The server refused rank ${rank}: its limit is ${limit}` : 'The server refused the rank of the adapter',
        ...(notice === undefined ? {} : { at: notice.at }),
      },
    ],
    remedies: [
      {
        title: known ? `Start the server with a limit of at least ${rank}` : 'Raise the limit of the server',
        text: 'The limit sizes the buffers for adapters; set it to the highest rank that is served.',
        ...(known ? { snippet: { language: 'bash', code: `vllm serve … --enable-lora --max-lora-rank ${rank}` } } : {}),
        cost: 'Every adapter slot takes memory for the highest rank.',
      },
    ],
    doesNotHelp: [],
    afterwards: [],
    wouldDecide: [],
  };
}
