import { cluesOf } from '../../model/clue.js';
import {
  type Case,
  type Cause,
  type Confidence,
  type Diagnosis,
  decline,
  type Evidence,
  type Question,
  type Remedy,
} from '../../model/diagnosis.js';
import type { Mismatch } from '../../model/failure.js';
import { elementCount, formatShape } from '../../model/shape.js';
import { STRICT_FALSE } from '../advice.js';
import { roleOf, withoutNumbers } from '../roles.js';
import { isLoraName } from '../vocabulary-and-adapters/adapter-tensors.js';
import { formatCount, joinWords, plural } from './amounts.js';
import { pick, pictureOf, rankDependent, type Side, type SidePicture, shapeOn, wholeShape } from './collapsed-shapes.js';
import { commonPrefix } from './partition-evidence.js';
import { hintsAtShards, readZero, saysZero3 } from './zero-stage.js';

const ID = 'empty-layer-config';

/** Zero widths with the number of dimensions kept, and the empty vectors (biases, norms) that belong to them. */
interface ZeroWidths {
  readonly side: Side;
  readonly matrices: readonly number[];
  readonly vectors: readonly number[];
  /** Sizes of the whole side that became 0, the most frequent first, and those that survived on another axis of the same tensors. */
  readonly lost: readonly number[];
  readonly kept: readonly number[];
}

export const emptyLayerConfig: Cause = {
  id: ID,
  diagnose: (subject) => {
    const { mismatches } = subject.failure;
    const picture = [pictureOf('model', mismatches), pictureOf('checkpoint', mismatches)].find(({ zeroWidths }) => zeroWidths.length > 0);
    if (picture === undefined) return declineWithoutZero(subject);
    const { side, zeroWidths } = picture;
    const dependent = new Set(rankDependent(side, mismatches));
    if (zeroWidths.some((position) => dependent.has(position)))
      return decline(ID, 'ranks print different sizes for the same parameter, so the 0 is the empty shard of a rank');
    if (mismatches.some(isPackedColumn))
      return decline(ID, 'other tensors of the file are packed columns ([n, 1]); the width 0 was derived from such a shape');
    const listed = pick(mismatches, zeroWidths);
    if (listed.every(({ parameter }) => parameter !== undefined && isLoraName(parameter)))
      return decline(ID, 'only adapters have a 0, and it is a rank: AdaLoRA prunes ranks down to 0 (lora-rank)');
    if (listed.every(({ parameter }) => isGrowingBuffer(parameter))) return decline(ID, 'only a buffer that grows row by row is empty');
    if (isRowShard(subject, picture)) return decline(ID, 'the log tells of sharding and only axis 0 is 0: an empty shard, not a width');
    return diagnosis(subject, readWidths(picture, mismatches), picture);
  },
};

function declineWithoutZero({ failure: { mismatches } }: Case) {
  const collapsed = pictureOf('model', mismatches).placeholders.length + pictureOf('checkpoint', mismatches).placeholders.length > 0;
  return decline(
    ID,
    collapsed
      ? 'the empty parameters are one-dimensional [0] and no other shape keeps its dimensions with a 0 among them'
      : 'no shape has a 0 among its dimensions',
  );
}

/** bitsandbytes stores 4-bit weights as one column of bytes; a size derived from such a shape by division becomes 0. */
function isPackedColumn({ checkpointShape: [rows, columns, more], modelShape }: Mismatch): boolean {
  return columns === 1 && more === undefined && rows !== undefined && rows > 1024 && modelShape.length > 1 && modelShape[1] !== 1;
}

/** Names of buffers that start empty and get rows while training: SWAG's deviations, queues, memory banks. */
function isGrowingBuffer(parameter: string | undefined): boolean {
  return (
    roleOf(parameter) === 'buffer' ||
    /(^|\.)(cov_mat_sqrt|subspace\w*|queue|memory|bank|history|centers?|min_val|max_val)(\.|$)/.test(parameter ?? '')
  );
}

/** A DTensor of fewer rows than ranks is empty on some ranks; the other axes are untouched. */
function isRowShard(subject: Case, { side, zeroWidths }: SidePicture): boolean {
  return (
    hintsAtShards(subject) && pick(subject.failure.mismatches, zeroWidths).every((mismatch) => isFirstAxisOnly(shapeOn(side, mismatch)))
  );
}

function isFirstAxisOnly(shape: readonly number[]): boolean {
  return shape[0] === 0 && shape.lastIndexOf(0) === 0;
}

function readWidths({ side, zeroWidths, placeholders }: SidePicture, mismatches: readonly Mismatch[]): ZeroWidths {
  const lost = new Map<number, number>();
  const kept = new Set<number>();
  for (const mismatch of pick(mismatches, zeroWidths)) {
    shapeOn(side, mismatch).forEach((size, axis) => {
      const whole = wholeShape(side, mismatch)[axis] ?? 0;
      if (size === 0) lost.set(whole, (lost.get(whole) ?? 0) + 1);
      else kept.add(size);
    });
  }
  const vectors = placeholders.filter((position) =>
    pick(mismatches, [position]).every((mismatch) => wholeShape(side, mismatch).length === 1),
  );
  const order = [...lost].toSorted((a, b) => b[1] - a[1] || b[0] - a[0]).map(([size]) => size);
  return { side, matrices: zeroWidths, vectors, lost: order, kept: [...kept].filter((size) => !lost.has(size)).toSorted((a, b) => b - a) };
}

function diagnosis(subject: Case, widths: ZeroWidths, picture: SidePicture): Diagnosis {
  const { failure } = subject;
  const { mismatches } = failure;
  const listed = pick(mismatches, widths.matrices);
  const heads = widths.side === 'model' && listed.every(hasNoClasses);
  const harmless = heads && failure.severity === 'warning' && !isTraining(subject);
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: titleOf(subject, widths, heads, harmless),
    confidence: confidenceOf(subject, widths, listed),
    specificity: 88,
    ...(harmless ? { harmless: true } : {}),
    explained: { mismatches: [...widths.matrices, ...widths.vectors].toSorted((a, b) => a - b), missingKeys: [], unexpectedKeys: [] },
    evidence: evidenceOf(subject, widths, picture, listed),
    remedies: widths.side === 'model' ? [setWidth(widths, listed, heads)] : [rebuildFile(widths)],
    doesNotHelp: [
      {
        advice: 'ZeRO-3 advice (gathering, stage 2)',
        reason: 'a placeholder has one dimension whatever the parameter had; here the dimensions are kept.',
      },
      STRICT_FALSE,
      ...(widths.side === 'model' && !heads
        ? [{ advice: 'ignore_mismatched_sizes=True', reason: 'the layers would stay empty and compute nothing.' }]
        : []),
    ],
    afterwards:
      picture.collapsed.length > 0
        ? ['Other parameters collapsed to one-dimensional [0]; they have another cause.']
        : ['With the width set, other differences of the same configuration may surface.'],
    wouldDecide: questionsOf(subject, widths, listed),
  };
}

function isTraining({ clues }: Case): boolean {
  return cluesOf(clues, 'phase').some(
    ({ phase }) => phase === 'fine-tuning' || phase === 'pre-training' || phase === 'lora' || phase === 'resume',
  );
}

/** Rows are counted in classes, in Flax the last axis; a 0 on any other axis is a width that the classifier reads. */
function hasNoClasses({ parameter, modelShape }: Mismatch): boolean {
  const classes = /(^|[./])kernel$/.test(parameter ?? '') ? modelShape.at(-1) : modelShape[0];
  return isClassifier(parameter) && classes === 0;
}

/** `b1_head.classifier.weight` counts too: heads of re-identification and multi-task models carry numbers. */
function isClassifier(parameter: string | undefined): boolean {
  return roleOf(parameter) === 'class-head' || /(^|[._])(classifier|cls_head|logits)[._]/.test(parameter ?? '');
}

/** Axis 0 alone may be an empty shard of some rank where there are fewer rows than ranks; any other axis, or a wide one, is a width. */
function confidenceOf({ clues, failure }: Case, { side, matrices }: ZeroWidths, listed: readonly Mismatch[]): Confidence {
  const warned = cluesOf(clues, 'warning').some(({ topic }) => topic === 'zero-element-init');
  const couldBeShard = listed.every((mismatch) => isFirstAxisOnly(shapeOn(side, mismatch)) && (wholeShape(side, mismatch)[0] ?? 0) <= 64);
  if (couldBeShard) return warned ? 'likely' : 'possible';
  if (warned && side === 'model') return 'certain';
  return matrices.length >= 2 ||
    (failure.complete && matrices.length > 0 && !listed.every((mismatch) => isFirstAxisOnly(shapeOn(side, mismatch))))
    ? 'certain'
    : 'likely';
}

function titleOf({ failure }: Case, { side, lost, matrices }: ZeroWidths, heads: boolean, harmless: boolean): string {
  const whose = failure.modelClass ?? 'the model';
  const sizes = joinWords(lost.slice(0, 3).map(String));
  if (side === 'checkpoint')
    return `The checkpoint was saved from a model with a width of 0 where ${whose} has ${sizes}: ${plural(matrices.length, 'tensor')} of the file ${matrices.length === 1 ? 'holds' : 'hold'} no weights.`;
  if (harmless)
    return `Harmless for feature extraction: the model was built with 0 classes, so the ${sizes}-class classifier of the checkpoint was left out.`;
  if (heads) return `The model was built with 0 classes where the checkpoint has ${sizes}.`;
  return `A width that the checkpoint has as ${sizes} is 0 in the configuration from which ${whose} was built: ${plural(matrices.length, 'layer')} ${matrices.length === 1 ? 'is' : 'are'} empty.`;
}

function evidenceOf(
  subject: Case,
  { side, lost, kept, vectors }: ZeroWidths,
  { collapsed }: SidePicture,
  listed: readonly Mismatch[],
): readonly Evidence[] {
  const [first] = listed;
  const shown = first === undefined ? '' : ` (${formatShape(shapeOn(side, first))} for ${formatShape(wholeShape(side, first))})`;
  const survive =
    kept.length === 0 ? '' : `; ${joinWords(kept.slice(0, 5).map(String))} ${kept.length === 1 ? 'survives' : 'survive'} on the other axes`;
  const warned = cluesOf(subject.clues, 'warning').find(({ topic }) => topic === 'zero-element-init');
  const zero = readZero(subject);
  return [
    {
      statement: `${plural(listed.length, 'shape')} on the ${side} side ${listed.length === 1 ? 'keeps its' : 'keep their'} number of dimensions with a 0 among them${shown}; a ZeRO-3 placeholder would be [0] alone.`,
      ...(first === undefined ? {} : { at: first.at }),
    },
    { statement: `The ${lost.length === 1 ? 'size' : 'sizes'} ${joinWords(lost.slice(0, 5).map(String))} became 0${survive}.` },
    ...(vectors.length > 0
      ? [
          {
            statement: `${plural(vectors.length, 'vector')} of the same layers (biases, norms) ${vectors.length === 1 ? 'is' : 'are'} [0]: one-dimensional by nature, so they speak for the width too.`,
          },
        ]
      : []),
    ...(warned === undefined
      ? []
      : [{ statement: 'PyTorch warned while the model was being built: "Initializing zero-element tensors is a no-op".', at: warned.at }]),
    ...(saysZero3(zero) && collapsed.length === 0
      ? [
          {
            statement: 'The log tells of ZeRO-3 as well, but nothing here has its form.',
            ...(zero.stage === undefined ? {} : { at: zero.stage.at }),
          },
        ]
      : []),
  ];
}

function setWidth({ lost }: ZeroWidths, listed: readonly Mismatch[], heads: boolean): Remedy {
  const [size] = lost;
  const where = placeOf(listed);
  if (heads) {
    return {
      title: `Build the model with the checkpoint's number of classes (${size}), or with your own`,
      text: 'A number of classes of 0 usually means that the data set was not registered yet when the model was built, or that the configuration is meant for feature extraction. Leave it at 0 only for the latter.',
    };
  }
  const others = lost.slice(1, 4);
  const derived = others.length === 0 ? '' : ` The same configuration yields ${joinWords(others.map(String))} elsewhere, also 0 now.`;
  return {
    title: `Set the width of ${where} to ${size}`,
    text: `Find the option that gives ${where} this size; it is 0, missing with a default of 0, or the result of a whole-number division (1 // 4). Set it so that the size becomes ${size}.${derived}`,
    snippet: {
      language: 'python',
      code: `print(config)   # look for the option that should give ${size}
print([n for n, p in model.named_parameters() if p.numel() == 0])   # must be [] after the change`,
    },
  };
}

function rebuildFile({ lost }: ZeroWidths): Remedy {
  return {
    title: 'Use another checkpoint, or build the model as the file was',
    text: `The run that wrote the file had a width of 0 in the place of ${joinWords(lost.slice(0, 3).map(String))}; no load brings weights that were never trained. Mend that run's configuration and train again, or take a file of another run.`,
  };
}

/** `layers.*.adapter`, the module that all empty tensors have in common; else `the layers listed`. */
function placeOf(listed: readonly Mismatch[]): string {
  const prefix = commonPrefix(listed.flatMap(({ parameter }) => (parameter === undefined ? [] : withoutNumbers(parameter))));
  return prefix === '' ? 'the listed layers' : prefix.slice(0, -1);
}

function questionsOf(subject: Case, { side, lost }: ZeroWidths, listed: readonly Mismatch[]): readonly Question[] {
  const settings: Question = {
    question: `Which option of the configuration should be ${lost[0]}${lost.length > 1 ? ` (or give ${formatCount(lost[1] ?? 0)})` : ''} and is 0?`,
    command: "grep -nE ':\\s*0\\b|=\\s*0\\b' config.yaml config.json",
  };
  const shard: Question = {
    question: 'Do other ranks print another size on axis 0 for the same parameter? Then it is an empty shard.',
    command: 'grep -h "size mismatch" rank*.log | sort | uniq -c',
  };
  const small = listed.every((mismatch) => isFirstAxisOnly(shapeOn(side, mismatch)) && elementCount(wholeShape(side, mismatch)) < 100_000);
  return small && subject.failure.ranks.length < 2 ? [settings, shard] : [settings];
}
