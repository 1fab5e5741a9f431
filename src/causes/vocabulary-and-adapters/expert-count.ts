import type { Case, Cause, Decline, Diagnosis, Evidence } from '../../model/diagnosis.js';
import { decline, positionsWhere } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { STRICT_FALSE } from '../advice.js';
import { onlyDifferingAxis, wholeRatio } from '../pairs.js';
import { roleOf } from '../roles.js';
import { hasPlaceholder, isLoraName } from './adapter-tensors.js';
import { counted, distinct, moreMaySurface, rangeOf, shownFirst } from './wording.js';

const ID = 'expert-count';
const EXPERTS = /(^|[._])experts?([._]|$)/;
/** `router.classifier` (Switch), `gate`, `gates.0.wg` (Tutel), `router.layer` (DBRX); `gate_up_proj` is no router. */
const ROUTER = /(^|[._])(router|gates?|wg|switch|gating)(\.\w+)*$/;

interface Counts {
  readonly checkpoint: number;
  readonly model: number;
}

/** Stacked experts: the outermost axis counts them. `[1, 1, 1536]` against `[32, 1536]` also occurs (Tutel#248: the bias lost an axis). */
function stackedExperts({ parameter, checkpointShape, modelShape }: Mismatch): Counts | undefined {
  if (parameter === undefined || !EXPERTS.test(parameter) || roleOf(parameter) === 'router') return undefined;
  // PEFT's adapters over stacked experts are matrices of r·experts and a width: the outermost axis of neither counts experts.
  if (isLoraName(parameter) && Math.max(checkpointShape.length, modelShape.length) < 3) return undefined;
  const [checkpoint = 0, ...fileRest] = checkpointShape;
  const [model = 0, ...modelRest] = modelShape;
  const isStacked = Math.max(checkpointShape.length, modelShape.length) >= 2 && checkpoint !== model;
  const squeezed = (sizes: readonly number[]): string => sizes.filter((size) => size !== 1).join();
  return isStacked && squeezed(fileRest) === squeezed(modelRest) ? { checkpoint, model } : undefined;
}

/** The router has one row for each expert. */
function routerRows(mismatch: Mismatch): Counts | undefined {
  const { parameter, checkpointShape, modelShape } = mismatch;
  if (
    parameter === undefined ||
    EXPERTS.test(parameter) ||
    !ROUTER.test(parameter.replace(/\.(weight|bias)$/, '')) ||
    onlyDifferingAxis(mismatch) !== 0
  )
    return undefined;
  const counts = { checkpoint: checkpointShape[0] ?? 0, model: modelShape[0] ?? 0 };
  return Math.max(counts.checkpoint, counts.model) <= 1024 ? counts : undefined;
}

export const expertCount: Cause = { id: ID, diagnose };

function diagnose({ failure }: Case): Diagnosis | Decline {
  const { mismatches } = failure;
  if (hasPlaceholder(failure))
    return decline(ID, 'parameters of shape [0] stand in the list (zero3-placeholder-checkpoint, zero3-partitioned-model)');
  const stacked = positionsWhere(mismatches, (mismatch) => stackedExperts(mismatch) !== undefined);
  const routers = positionsWhere(mismatches, (mismatch) => routerRows(mismatch) !== undefined);
  const namesExperts = stacked.length > 0 || mismatches.some(({ parameter }) => parameter !== undefined && EXPERTS.test(parameter));
  if (stacked.length > 0 || (routers.length > 0 && isMixtureOfExperts(failure))) return otherCount(failure, stacked, routers);
  if (namesExperts) return decline(ID, 'the experts differ in their widths, not in their number (config-changed, wrong-model-variant)');
  return numberedExperts(failure) ?? decline(ID, 'no router and no stack of experts differs in the number of experts');
}

function isMixtureOfExperts({ mismatches, missingKeys, unexpectedKeys, modelClass }: LoadFailure): boolean {
  const names = [...mismatches.flatMap(({ parameter }) => parameter ?? []), ...missingKeys, ...unexpectedKeys];
  return names.some((name) => EXPERTS.test(name) || /(^|[._])router([._]|$)/.test(name)) || /moe|mixtral|expert/i.test(modelClass ?? '');
}

function otherCount(failure: LoadFailure, stacked: readonly number[], routers: readonly number[]): Diagnosis {
  const positions = [...stacked, ...routers].toSorted((a, b) => a - b);
  const counts = positions.flatMap((position) => countsAt(failure, position));
  const pairs = distinct(counts.map(({ checkpoint, model }) => `${checkpoint}/${model}`));
  const { checkpoint, model } = counts[0] ?? { checkpoint: 0, model: 0 };
  const isPerRank = failure.complete && stacked.length > 0 && routers.length === 0 && wholeRatio(checkpoint, model) !== undefined;
  const evidence: Evidence = {
    statement: `${[...(stacked.length > 0 ? [`${counted(stacked.length, 'stack')} of experts`] : []), ...(routers.length > 0 ? [counted(routers.length, 'router tensor')] : [])].join(' and ')} ${positions.length === 1 ? 'differs' : 'differ'} in the number of experts alone${isPerRank ? '; no router is in the list, and a router counts the experts of the whole model' : ''}`,
  };
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: isPerRank
      ? `The checkpoint holds ${counted(checkpoint, 'expert')} where the model holds ${model}, and no router is listed: one side counts the experts of one rank (expert parallelism), the other those of the whole model.`
      : `The checkpoint has ${counted(checkpoint, 'expert')} per layer, the model ${model}.`,
    confidence: pairs.length === 1 && positions.length > 1 ? 'certain' : 'likely',
    specificity: 85,
    explained: {
      mismatches: positions,
      missingKeys: expertsFrom(failure.missingKeys, checkpoint),
      unexpectedKeys: expertsFrom(failure.unexpectedKeys, model),
    },
    evidence: [evidence, ...shownFirst(failure.mismatches, positions)],
    remedies: isPerRank ? perRankRemedies({ checkpoint, model }) : countRemedies({ checkpoint, model }),
    doesNotHelp: [STRICT_FALSE],
    afterwards: [
      ...moreMaySurface(failure),
      ...(isPerRank
        ? [
            'Where experts are numbered from 0 on each rank, the wrong experts load in silence once the shapes fit: compare a few of them with the file of their rank.',
          ]
        : []),
    ],
    wouldDecide:
      routers.length === 0
        ? [
            {
              question:
                'How many rows does the router have in the file? As many as the model has experts in all, if this is expert parallelism.',
              command: `python -c "import torch; print({k: v.shape for k, v in torch.load('checkpoint.pt', map_location='cpu').items() if 'gate' in k or 'router' in k})"`,
            },
          ]
        : [],
  };
}

/** Experts stored one by one: those that the other side does not count any more. */
function expertsFrom(keys: readonly string[], count: number): readonly string[] {
  return keys.filter((key) => Number(/(?:^|\.)experts\.(\d+)\./.exec(key)?.[1] ?? -1) >= count);
}

function countsAt({ mismatches }: LoadFailure, position: number): readonly Counts[] {
  const mismatch = mismatches[position];
  const counts = mismatch === undefined ? undefined : (stackedExperts(mismatch) ?? routerRows(mismatch));
  return counts === undefined ? [] : [counts];
}

function countRemedies({ checkpoint }: Counts): Diagnosis['remedies'] {
  return [
    {
      title: `Build the model with ${checkpoint} experts`,
      text: `Set num_experts (num_local_experts in Mixtral, n_routed_experts in DeepSeek, --num-experts in Megatron) to ${checkpoint}, the number in the file. If config.json already says so, another field shadows it or it was not read: check the library's release.`,
    },
  ];
}

function perRankRemedies({ checkpoint, model }: Counts): Diagnosis['remedies'] {
  const factor = wholeRatio(checkpoint, model) ?? 1;
  return [
    checkpoint < model
      ? {
          title: 'Gather the files of all ranks before loading',
          text: `One file holds ${checkpoint} of ${model} experts: join the ${factor} files along the first axis in the order of the ranks, or load with the same number of expert-parallel ranks as in training.`,
        }
      : {
          title: `Run with ${factor} expert-parallel ranks, or without expert parallelism on both sides`,
          text: `Each rank builds ${model} of the ${checkpoint} experts in the file; the loader has to cut the file by rank.`,
        },
  ];
}

/** Experts as modules of their own: only numbers from some bound on are missing, or only such are unexpected. */
function numberedExperts({ missingKeys, unexpectedKeys, at, complete, incompleteReasons, modelClass }: LoadFailure): Diagnosis | undefined {
  const isNumbered = (key: string): boolean => /(^|\.)experts\.\d+\./.test(key);
  const [missing, unexpected] = [missingKeys.filter(isNumbered), unexpectedKeys.filter(isNumbered)];
  if (missing.length > 0 === unexpected.length > 0) return undefined;
  const keys = missing.length > 0 ? missing : unexpected;
  const others = (missing.length > 0 ? missingKeys : unexpectedKeys).filter((key) => EXPERTS.test(key) && !isNumbered(key));
  const numbers = keys.map((key) => Number(/(?:^|\.)experts\.(\d+)\./.exec(key)?.[1]));
  const [first, last] = rangeOf(numbers);
  const hasFused = [...missingKeys, ...unexpectedKeys].some((key) => /experts\.(gate_up_proj|down_proj|w13|w2|gate_and_up)/.test(key));
  if (first === 0 || hasFused || others.length > 0) return undefined;
  const [file, model] = missing.length > 0 ? [first, last + 1] : [last + 1, first];
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: `The checkpoint has ${file} experts per layer, ${modelClass ?? 'the model'} ${model}: experts ${first} to ${last} are ${missing.length > 0 ? 'missing from the file' : 'left over'}.`,
    confidence: 'likely',
    specificity: 80,
    explained: { mismatches: [], missingKeys: missing, unexpectedKeys: unexpected },
    evidence: [{ statement: `${counted(keys.length, 'key')} of experts ${first} to ${last}, none of a lower number`, at }],
    remedies: countRemedies({ checkpoint: file, model }),
    doesNotHelp: [{ advice: 'strict=False', reason: 'missing experts stay random and the router still sends tokens to them.' }],
    afterwards: moreMaySurface({ complete, incompleteReasons }),
    wouldDecide: [],
  };
}
