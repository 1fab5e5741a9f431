import type { Remedy } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import type { Purpose } from './answer.js';
import type { ClassNumbers } from './detector-heads.js';

/** The head is meant to be new: nothing to do. */
export function keepGoing(numbers: ClassNumbers): Remedy {
  return {
    title: 'Nothing to do if you are fine-tuning',
    text: numbers.areRows
      ? 'The new head is trained from scratch, as it must be.'
      : `The head with ${numbers.model} classes is trained from scratch, as it must be. Only if you meant to use the ${numbers.checkpoint} trained classes, build the model with ${numbers.checkpoint}.`,
  };
}

/** To use the trained head, to train a new one; in the order that the run's purpose asks for. */
export function remediesOf(failure: LoadFailure, heads: readonly Mismatch[], numbers: ClassNumbers, purpose: Purpose): readonly Remedy[] {
  const keep = buildWith(failure, heads, numbers.areRows ? 'CLASSES_OF_THE_TRAINING' : numbers.checkpoint);
  const replace = dropHead(failure, heads, numbers);
  const kept = numbers.option === undefined ? [keep] : [keep, numbers.option];
  return purpose === 'training' ? [replace, ...kept] : [...kept, replace];
}

/** The option by the library that speaks, filled with the number of the checkpoint. */
function buildWith(
  { dialects, modelClass = '' }: LoadFailure,
  heads: readonly Mismatch[],
  count: number | 'CLASSES_OF_THE_TRAINING',
): Remedy {
  const title = 'To use the trained head: build the model with the number of classes of the checkpoint';
  const is = (expression: RegExp): boolean =>
    dialects.some((dialect) => expression.test(dialect)) || heads.some(({ parameter }) => expression.test(parameter ?? ''));
  if (/ForCTC$/.test(modelClass)) {
    return {
      title: 'To use the trained output layer: build the model with the symbols of the checkpoint',
      text: 'Take the vocab.json that lies beside the weights: the order counts as much as the number.',
      snippet: { language: 'python', code: `model = ${modelClass}.from_pretrained(path, vocab_size=${count})` },
    };
  }
  if (is(/^paddleocr/)) {
    return {
      title: 'To use the trained head: give the run the dictionary of the checkpoint',
      text: `PaddleOCR counts its outputs from the dictionary: set the one of the training, so that there are ${count}. The order of its symbols counts as much as their number.`,
      snippet: { language: 'text', code: 'Global.character_dict_path=DICTIONARY_OF_THE_TRAINING Global.use_space_char=AS_IN_THE_TRAINING' },
    };
  }
  if (/^(?:Faster|Mask|Keypoint)RCNN$/.test(modelClass)) {
    return {
      title,
      text: 'torchvision counts the background as a class: give the builder the number of the training, or put that predictor into the model before loading.',
      snippet: {
        language: 'python',
        code: `model = fasterrcnn_resnet50_fpn(weights=None, num_classes=${count})   # the builder of the training`,
      },
    };
  }
  if (is(/detectron|roi_heads\.box_predictor\.cls_score/)) {
    return {
      title,
      text: 'Give the configuration of the training; in detectron2 the number stands in the config.',
      snippet: { language: 'text', code: `MODEL.ROI_HEADS.NUM_CLASSES ${count}` },
    };
  }
  if (is(/^mm|bbox_head|decode_head|cls_branches|auxiliary_head/)) {
    return {
      title,
      text: 'Set it in every head of the config, auxiliary heads too, or pass the config of the training.',
      snippet: { language: 'text', code: `num_classes=${count}` },
    };
  }
  // A kernel without a name is taken for a head only where its sizes are those of this library's slots.
  const isNamelessKernel = heads.every(({ parameter, checkpointShape }) => parameter === undefined && checkpointShape.length === 4);
  if (is(/(^|\/)ClassPredictor\//) || isNamelessKernel) {
    return {
      title,
      text: "In TensorFlow's Object Detection API: export and evaluate with the pipeline.config of the training; the background is not counted in it.",
      snippet: { language: 'text', code: `num_classes: ${count}` },
    };
  }
  if (is(/model\.\d+\.m\./))
    return {
      title,
      text: "Use the data file of the training, whose class count is the checkpoint's.",
      snippet: { language: 'yaml', code: `nc: ${count}` },
    };
  if (
    /For\w*(Classification|Answering)$/.test(modelClass) ||
    is(/^transformers/) ||
    heads.some(({ parameter }) => /(^|\.)(classifier|score|qa_outputs)\.(modules_to_save|weight|bias)/.test(parameter ?? ''))
  ) {
    return {
      title,
      text: 'Pass the number of labels when the model is built, also before attaching or merging an adapter.',
      snippet: {
        language: 'python',
        code: `model = ${/For[A-Z]\w+$/.test(modelClass) ? modelClass : 'AutoModelForSequenceClassification'}.from_pretrained(path, num_labels=${count})`,
      },
    };
  }
  return {
    title,
    text: 'Build the same model with the trained number of classes, then load.',
    snippet: { language: 'python', code: `model = build_model(num_classes=${count})` },
  };
}

function dropHead({ dialects }: LoadFailure, heads: readonly Mismatch[], numbers: ClassNumbers): Remedy {
  const modules = [
    ...new Set(heads.flatMap(({ parameter }) => parameter?.replace(/([./])(weights?|bias(?:es)?|kernel)(:0)?$/, '$1') ?? [])),
  ].slice(0, 6);
  const prefixes = modules.map((name) => (/[./]$/.test(name) ? `'${name}'` : `'${name}.'`)).join(', ');
  const title = `To train ${numbers.areRows ? 'other classes' : `${numbers.model} new classes`}: load everything except the head`;
  const cost = 'The head starts from random values and has to be trained.';
  if (dialects.includes('tensorflow')) {
    const code = `kept = [v for v in tf.compat.v1.global_variables() if not v.name.startswith((${prefixes || "'head/'"},))]\ntf.compat.v1.train.Saver(kept).restore(session, CHECKPOINT)   # after the initializer has run`;
    return { title, text: 'Restore all variables but those of the head.', snippet: { language: 'python', code }, cost };
  }
  return {
    title,
    text: 'Drop the keys of the head, load the rest without strictness, and read what is then reported missing: it should be the head and nothing else.',
    snippet: {
      language: 'python',
      code: `state = {k: v for k, v in state.items() if not k.startswith((${prefixes || "'head.'"},))}\nprint(model.load_state_dict(state, strict=False))`,
    },
    cost,
  };
}
