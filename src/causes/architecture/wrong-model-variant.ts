import type { Case, Cause, Confidence, Diagnosis, Evidence, Remedy } from '../../model/diagnosis.js';
import { decline } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { differingAxes } from '../../model/shape.js';
import { hasEqualElementCount, onlyDifferingAxis } from '../pairs.js';
import { roleOf } from '../roles.js';
import { answer, counted, explains, mayGoOn, otherPositions, pick, reinitialises, STRICT_FALSE, shows } from './answer.js';
import { depthOf } from './depth-mismatch.js';
import { foreignPicture, isPacked } from './foreign-pictures.js';
import { byNamelessEmbedding, bySingleWidth, byVocabulary, byWidths, type ModelPair } from './model-pair.js';
import { inOneName, modelsOfDepth, traditionOf } from './model-widths-table.js';
import { mostFrequent } from './observed-sizes.js';
import { blockKinds, hasDeepStem, hasOtherInnerWidth, stageDepths } from './resnet-blocks.js';
import { specialPositions, vocabularyPositions } from './special-positions.js';

interface Reading extends ModelPair {
  readonly confidence: Confidence;
  readonly positions: readonly number[];
  /** Keys of layers that the other variant has. */
  readonly keys?: boolean;
  readonly specificity?: number;
}

export const wrongModelVariant: Cause = {
  id: 'wrong-model-variant',
  diagnose: ({ failure }: Case) => {
    const declined = (reason: string) => decline('wrong-model-variant', reason);
    if (failure.mismatches.length === 0) {
      const keyed = byDepth(failure) ?? byOtherNames(failure);
      return keyed === undefined
        ? declined('no width differs, and the keys do not show the blocks of another variant')
        : tell(failure, keyed);
    }
    const vocabulary = byVocabulary(failure);
    if (vocabulary !== undefined)
      return tell(failure, { ...vocabulary, confidence: 'likely', positions: vocabularyOrAll(failure), specificity: 72 });
    const foreign = foreignPicture(failure);
    if (foreign !== undefined && !(failure.mismatches.some(isPacked) && hasWidthsBesidePacking(failure))) return declined(foreign);
    const ordinary = otherPositions(failure, specialPositions(failure));
    if (ordinary.length === 0) return declined('a more special cause accounts for every line');
    const reading = read(failure, ordinary);
    return reading === undefined ? declined('too few widths differ to tell another variant from another option') : tell(failure, reading);
  },
};

function vocabularyOrAll(failure: LoadFailure): readonly number[] {
  const positions = vocabularyPositions(failure);
  return positions.length > 0 ? positions : failure.mismatches.map((_, position) => position);
}

/** Packed tensors that scale together with biases are another model's (text-generation-webui#745). */
function hasWidthsBesidePacking({ mismatches }: LoadFailure): boolean {
  return mismatches.some((mismatch) => !isPacked(mismatch) && mismatch.checkpointShape.length === 1 && onlyDifferingAxis(mismatch) === 0);
}

/** The readings, from the surest to the faintest. */
function read(failure: LoadFailure, ordinary: readonly number[]): Reading | undefined {
  const all = { positions: ordinary, keys: true };
  const blocks = byBlocks(failure);
  if (blocks !== undefined) return { ...blocks, ...all };
  const dimensions = byDimensions(failure, ordinary);
  if (dimensions !== undefined) return { ...dimensions, ...all };
  const single = bySingleWidth(failure);
  if (single !== undefined) return { ...single, ...all, confidence: 'likely' };
  const widths = byWidths(failure);
  if (widths !== undefined) return { ...widths, ...all, confidence: 'likely' };
  const nameless = byNamelessEmbedding(failure);
  if (nameless !== undefined) return { ...nameless, ...all, confidence: 'likely' };
  return byRatio(failure, ordinary);
}

/** ResNets: kind of block, deep stem, width inside the blocks. */
function byBlocks(failure: LoadFailure): (ModelPair & { readonly confidence: Confidence }) | undefined {
  const kinds = blockKinds(failure);
  if (kinds !== undefined) {
    const [basic, bottleneck] = ['a ResNet of basic blocks (10, 18 or 34 layers)', 'a ResNet of bottlenecks (50 layers and more)'];
    return {
      checkpoint: kinds.checkpoint === 'basic' ? basic : bottleneck,
      model: kinds.checkpoint === 'basic' ? bottleneck : basic,
      choose: 'the depth and with it the kind of block',
      confidence: 'certain',
      evidence: kinds.witnesses
        .slice(0, 2)
        .map((mismatch) => shows(mismatch, 'a basic block begins with a 3×3 convolution, a bottleneck with a 1×1 one')),
    };
  }
  const stem = hasDeepStem(failure);
  if (stem !== undefined) {
    const [deep, plain] = ['a ResNet with a deep stem (three 3×3 convolutions)', 'a ResNet with the plain 7×7 stem'];
    const statement = 'The stem is `conv1.0`, `conv1.3`, `conv1.6` on one side and `conv1` on the other.';
    return {
      checkpoint: stem === 'checkpoint' ? deep : plain,
      model: stem === 'model' ? deep : plain,
      choose: 'the variant',
      confidence: 'likely',
      evidence: [{ statement }],
    };
  }
  if (!hasOtherInnerWidth(failure)) return undefined;
  const statement =
    "Only widths inside the blocks differ, their outputs agree: that is what width_per_group, groups and Res2Net's scale change.";
  return {
    checkpoint: 'one member of the ResNet family',
    model: 'another (Wide ResNet, ResNeXt or Res2Net)',
    choose: 'the builder function',
    confidence: 'likely',
    evidence: [{ statement }],
  };
}

/** 2-D kernels for a 3-D network, or lists paired by order that have slipped. */
function byDimensions(failure: LoadFailure, ordinary: readonly number[]): (ModelPair & { readonly confidence: Confidence }) | undefined {
  const list = pick(failure, ordinary);
  const kernels = list.filter(
    ({ checkpointShape, modelShape }) =>
      checkpointShape.length + modelShape.length === 9 && Math.min(checkpointShape.length, modelShape.length) === 4,
  );
  const [first] = kernels;
  if (first !== undefined && kernels.length * 2 > list.length) {
    const flat = first.checkpointShape.length === 4;
    return {
      checkpoint: flat ? 'a network of 2-D convolutions' : 'a network of 3-D convolutions',
      model: flat ? 'one of 3-D convolutions' : 'one of 2-D convolutions',
      choose: 'the number of dimensions',
      confidence: 'likely',
      evidence: [shows(first, 'a 3 × 3 kernel has not the numbers of a 3 × 3 × 3 one, so no reshape can mend it')],
    };
  }
  const slipped = list.filter(
    (mismatch) => differingAxes(mismatch.checkpointShape, mismatch.modelShape) === undefined && !hasEqualElementCount(mismatch),
  );
  const [slip] = slipped;
  if (slip === undefined || slipped.length < 3 || slipped.length * 2 <= list.length) return undefined;
  return {
    checkpoint: 'one architecture',
    model: 'another, in which the same names or places stand for other layers',
    choose: 'the architecture',
    confidence: 'likely',
    evidence: [shows(slip, 'not even the number of dimensions agrees, so the two are not the same layer')],
  };
}

/** No table knows the widths: one constant ratio on norms and weights of many layers still means another size. */
function byRatio(failure: LoadFailure, ordinary: readonly number[]): Reading | undefined {
  const list = pick(failure, ordinary);
  const pairs = list.flatMap(changedSizes);
  const ratio = mostFrequent(pairs.map(([checkpoint, model]) => checkpoint / model));
  const pair = mostFrequent(pairs.map(([checkpoint, model]) => `${checkpoint}/${model}`));
  if (ratio === undefined || pair === undefined) return undefined;
  const [checkpoint, model] = pair.split('/');
  const share = pairs.filter(([a, b]) => a / b === ratio).length / pairs.length;
  const norms = list.filter(
    ({ parameter, checkpointShape }) =>
      roleOf(parameter) === 'norm' && checkpointShape.length === 1 && !/out_norm|\bbn\d?\b|batch/.test(parameter ?? ''),
  );
  const square = list.some((mismatch) => (differingAxes(mismatch.checkpointShape, mismatch.modelShape)?.length ?? 0) >= 2);
  const kernels = list.some(
    ({ checkpointShape, modelShape }) => checkpointShape.length >= 4 && checkpointShape.slice(2).join() !== modelShape.slice(2).join(),
  );
  const layered = list.length >= 4 && norms.length > 0 && (square || transformerLike(list));
  const otherNet = kernels && list.some((mismatch) => onlyDifferingAxis(mismatch) === 0);
  const sure = layered || otherNet;
  const nameless = list.every(({ parameter }) => parameter === undefined || parameter === 'weight');
  if (!sure && !nameless && list.length < 3) return undefined;
  return {
    checkpoint: `a model of width ${checkpoint}`,
    model: `one of width ${model}`,
    choose: 'the variant',
    confidence: sure ? 'likely' : 'possible',
    specificity: sure ? 30 : nameless ? 20 : 5,
    positions: ordinary,
    keys: true,
    evidence: [
      { statement: `${ratioInWords(ratio)} on ${Math.round(share * 100)} % of the sizes that differ.` },
      ...(norms.length > 0
        ? [{ statement: `Norms differ as well (${norms.length} of them), so the width of the whole model does, not that of one layer.` }]
        : []),
      ...(kernels ? [{ statement: 'Kernel sizes differ at equal names, so equal numbers stand for other blocks.' }] : []),
    ],
  };
}

function transformerLike(list: readonly Mismatch[]): boolean {
  return list.some(({ parameter = '' }) =>
    /(layers?|blocks?|h|resblocks)\.(\d+|\{[^}]*\})\.\S*(norm|ln_?\d|attn|attention|mlp|linear[12])/.test(parameter),
  );
}

function changedSizes({ checkpointShape, modelShape }: Mismatch): readonly (readonly [number, number])[] {
  return (differingAxes(checkpointShape, modelShape) ?? []).flatMap((axis) => {
    const [checkpoint, model] = [checkpointShape[axis] ?? 0, modelShape[axis] ?? 0];
    return checkpoint > 0 && model > 0 ? [[checkpoint, model] as const] : [];
  });
}

function ratioInWords(ratio: number): string {
  for (let denominator = 1; denominator <= 16; denominator++) {
    const numerator = ratio * denominator;
    if (Math.abs(numerator - Math.round(numerator)) < 1e-9)
      return `The checkpoint stands to the model as ${Math.round(numerator)} to ${denominator}`;
  }
  return `The checkpoint has ${ratio.toFixed(3)} times the size of the model`;
}

/** Keys alone: blocks of a ResNet of another depth, or layers whose number is a published variant's. */
function byDepth(failure: LoadFailure): Reading | undefined {
  const stages = stageDepths(failure);
  if (stages !== undefined) {
    const [more, fewer] = [stages.more ?? `a network with ${stages.blocks.more}`, stages.fewer ?? `one with ${stages.blocks.fewer}`];
    const fileHasMore = stages.deeper === 'checkpoint';
    const statement = `Blocks at the end of the stages are known to one side only: ${stages.blocks.more} against ${stages.blocks.fewer} blocks.`;
    return {
      checkpoint: fileHasMore ? more : fewer,
      model: fileHasMore ? fewer : more,
      choose: 'the depth',
      confidence: 'likely',
      positions: [],
      keys: true,
      evidence: [{ statement }],
      specificity: 70,
    };
  }
  const depth = depthOf(failure);
  const tradition = traditionOf([...failure.missingKeys, ...failure.unexpectedKeys], failure.modelClass);
  if (depth === undefined || tradition !== 'sam') return undefined;
  const deep = inOneName(modelsOfDepth(tradition, depth.stack.to + 1));
  if (deep === undefined) return undefined;
  const fewer = inOneName(modelsOfDepth(tradition, depth.stack.from)) ?? 'a variant with fewer blocks';
  const fileHasMore = depth.side === 'unexpected';
  const statement = `Blocks up to ${depth.stack.to}, so ${depth.stack.to + 1} of them: ${deep}.`;
  return {
    checkpoint: fileHasMore ? deep : fewer,
    model: fileHasMore ? fewer : deep,
    choose: 'the variant (model_type)',
    confidence: 'likely',
    positions: [],
    keys: true,
    evidence: [{ statement }],
    specificity: 70,
  };
}

/** Fingerprints of backbones and necks in the names; each is a library's own (file and class). */
const FINGERPRINTS: readonly (readonly [RegExp, string])[] = [
  [/(^|\.)body\.\d+\.block\.\d/, 'MobileNetV3 (torchvision, models/mobilenetv3.py)'],
  [
    /(^|\.)fpn\.(inner|layer)_blocks\.\d+\.1\./,
    'a feature pyramid with norms, as in fasterrcnn_resnet50_fpn_v2 (torchvision, models/detection/faster_rcnn.py)',
  ],
  [/(^|\.)(convs|bns)\.\d+\.(weight|bias|running_mean)$/, 'Res2Net (its blocks list convs and bns)'],
  [/(^|\.)denseblock\d\.denselayer/, 'DenseNet (torchvision, models/densenet.py)'],
  [/transformer\.layer\.(\d+|\{[^}]*\})\.attention\.q_lin/, 'DistilBERT (transformers, distilbert/modeling_distilbert.py)'],
];

function byOtherNames({ missingKeys, unexpectedKeys, at }: LoadFailure): Reading | undefined {
  for (const [expression, name] of FINGERPRINTS) {
    const [inFile, inModel] = [unexpectedKeys.filter((key) => expression.test(key)), missingKeys.filter((key) => expression.test(key))];
    if ((inFile.length === 0) === (inModel.length === 0)) continue;
    const other = 'another architecture';
    const [side, seen] = inFile.length > 0 ? ['unexpected', inFile[0]] : ['missing', inModel[0]];
    return {
      checkpoint: inFile.length > 0 ? name : other,
      model: inFile.length > 0 ? other : name,
      choose: 'the architecture',
      confidence: 'likely',
      positions: [],
      keys: true,
      specificity: 40,
      evidence: [{ statement: `The ${side} key \`${seen}\` belongs to ${name}; the other side has no such keys.`, at }],
    };
  }
  return undefined;
}

function tell(failure: LoadFailure, reading: Reading): Diagnosis {
  const { checkpoint, model, positions } = reading;
  const stacks = reading.keys === true && isAboutLayers(failure);
  return answer({
    cause: 'wrong-model-variant',
    title: `The checkpoint is ${checkpoint}, but the model was built as ${model}.`,
    confidence: reading.confidence,
    specificity: reading.specificity ?? 50,
    explained: explains(positions, stacks ? failure.missingKeys : [], stacks ? failure.unexpectedKeys : []),
    evidence: [...firstLines(failure, positions), ...reading.evidence, ...ledger(failure, positions)],
    remedies: remediesOf(failure, reading),
    doesNotHelp: [
      STRICT_FALSE,
      ...(failure.mismatches.length > 0 ? [reinitialises('the layers that differ, which is most of the model')] : []),
    ],
    afterwards: mayGoOn(failure),
    wouldDecide:
      reading.confidence === 'possible'
        ? [
            {
              question: 'Do the norms and embeddings have these widths too? Print what the file holds.',
              command: "python -c \"import torch; [print(k, tuple(v.shape)) for k, v in torch.load('CKPT', map_location='cpu').items()]\"",
            },
          ]
        : [],
  });
}

/** Keys belong to the variant where they are those of layers and blocks. */
function isAboutLayers({ missingKeys, unexpectedKeys }: LoadFailure): boolean {
  const keys = [...missingKeys, ...unexpectedKeys];
  return keys.length > 0 && keys.filter((key) => /\.(\d+|\{[^}]*\})\./.test(key)).length * 2 > keys.length;
}

function firstLines(failure: LoadFailure, positions: readonly number[]): readonly Evidence[] {
  return pick(failure, positions)
    .slice(0, 2)
    .map((mismatch) => shows(mismatch));
}

function ledger({ mismatches }: LoadFailure, positions: readonly number[]): readonly Evidence[] {
  if (positions.length < 2) return [];
  return [{ statement: `${positions.length} of ${counted(mismatches.length, 'line')} differ in this way.` }];
}

function remediesOf({ modelClass }: LoadFailure, { checkpoint, model, choose }: Reading): readonly Remedy[] {
  return [
    {
      title: `Build the model as what the checkpoint is: ${checkpoint}`,
      text: `Change ${choose} where the model is built${modelClass === undefined ? '' : ` (\`${modelClass}\`)`}: the name given to the builder, the config file, a model_type key, or the class. The config has to come from the same place as the weights.`,
    },
    {
      title: `Or take the checkpoint of what the run builds: ${model}`,
      text: 'If the path or the name picks the file, look for one that was overwritten, cached or downloaded under the wrong name.',
    },
  ];
}
