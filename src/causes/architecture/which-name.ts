import type { Question } from '../../model/diagnosis.js';
import type { Mismatch } from '../../model/failure.js';
import { formatShape } from '../../model/shape.js';

/** What finds the name that a message leaves out: the variables of the file that have its shape (tf.train.list_variables gives names with lists). */
export function whichName({ checkpointShape, dialect }: Mismatch): Question {
  const shape = formatShape(checkpointShape);
  const command =
    dialect === 'tensorflow'
      ? `python -c "import tensorflow as tf; [print(n, s) for n, s in tf.train.list_variables('CKPT') if s == ${shape}]"`
      : `python -c "import torch; [print(k) for k, v in torch.load('CKPT', map_location='cpu').items() if hasattr(v, 'shape') and list(v.shape) == ${shape}]"`;
  return { question: `Which parameter of the file has the shape ${shape}? Its name tells what the differing size counts.`, command };
}
