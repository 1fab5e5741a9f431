/** Numbers of classes that data sets and library defaults bring with them; where one of them stands, it tells whose head it is. */
export interface ClassCount {
  readonly count: number;
  readonly whose: string;
  /** True where a library builds this head when nobody says how many classes there are, so on the model side it means "not set". */
  readonly libraryDefault?: string;
  /** A round number that many data sets of one's own have too, so it is not named in a title. */
  readonly common?: true;
  readonly source: string;
}

export const classCounts: readonly ClassCount[] = [
  {
    count: 2,
    whose: 'the two labels that transformers assumes',
    common: true,
    libraryDefault: 'num_labels=2',
    source: 'transformers 4.57, configuration_utils.py: PretrainedConfig.num_labels',
  },
  { count: 10, whose: 'CIFAR-10', common: true, source: 'Krizhevsky 2009' },
  {
    count: 19,
    whose: 'Cityscapes',
    libraryDefault: 'num_classes=19',
    source: 'mmsegmentation, configs/_base_/models/*.py: num_classes=19',
  },
  { count: 20, whose: 'Pascal VOC', source: 'Pascal VOC 2007, 20 classes' },
  {
    count: 21,
    whose: 'Pascal VOC with background',
    libraryDefault: 'num_classes=21',
    source: 'torchvision, models/segmentation: 21 classes',
  },
  {
    count: 80,
    whose: 'COCO',
    libraryDefault: 'num_classes=80',
    source: 'detectron2, config/defaults.py: MODEL.ROI_HEADS.NUM_CLASSES = 80; YOLOX, ultralytics nc: 80',
  },
  {
    count: 81,
    whose: 'COCO with background',
    libraryDefault: 'num_classes=81',
    source: 'maskrcnn-benchmark, config/defaults.py: NUM_CLASSES = 81',
  },
  {
    count: 90,
    whose: 'COCO counted by its highest category number',
    libraryDefault: 'num_classes=90',
    source: 'efficientdet, num_classes=90',
  },
  {
    count: 91,
    whose: 'COCO by category number, with background',
    libraryDefault: 'num_classes=91',
    source: 'torchvision, fasterrcnn_resnet50_fpn: num_classes=91; DETR, models/detr.py',
  },
  {
    count: 92,
    whose: 'COCO of DETR: 91 and "no object"',
    source: 'facebookresearch/detr, models/detr.py: nn.Linear(hidden_dim, num_classes + 1)',
  },
  { count: 100, whose: 'CIFAR-100', common: true, source: 'Krizhevsky 2009' },
  { count: 150, whose: 'ADE20K', libraryDefault: 'num_classes=150', source: 'mmsegmentation, ade20k configs: num_classes=150' },
  { count: 365, whose: 'Objects365', source: 'Shao 2019' },
  { count: 400, whose: 'Kinetics-400', source: 'Kay 2017' },
  { count: 527, whose: 'AudioSet', source: 'Gemmeke 2017' },
  { count: 600, whose: 'Kinetics-600', source: 'Carreira 2018' },
  { count: 1000, whose: 'ImageNet', libraryDefault: 'num_classes=1000', source: 'torchvision and timm: num_classes=1000' },
  { count: 1001, whose: 'ImageNet with background (TensorFlow)', source: 'tensorflow/models, slim: 1001 classes' },
  { count: 1203, whose: 'LVIS', source: 'Gupta 2019, v1' },
  { count: 11221, whose: 'ImageNet-21k-P', source: 'Ridnik 2021' },
  { count: 21841, whose: 'ImageNet-22k', source: 'timm, *_in22k: num_classes=21841' },
  { count: 21843, whose: 'ImageNet-21k', source: 'timm, *_in21k: num_classes=21843' },
];

const BY_COUNT: ReadonlyMap<number, ClassCount> = new Map(classCounts.map((entry) => [entry.count, entry]));

export function knownClassCount(count: number): ClassCount | undefined {
  return BY_COUNT.get(count);
}

/** True where the number is a public data set's, so that a head with it most likely is the published one. */
export function isPublicCount(count: number): boolean {
  const known = BY_COUNT.get(count);
  return known !== undefined && known.common !== true;
}
