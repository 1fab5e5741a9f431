import { accelerate } from './accelerate.js';
import { allennlp } from './allennlp.js';
import { basicsr } from './basicsr.js';
import { bitsandbytes } from './bitsandbytes.js';
import { candle } from './candle.js';
import { centernet } from './centernet.js';
import { checkpointEntry } from './checkpoint-entry.js';
import { comfyui } from './comfyui.js';
import { composer } from './composer.js';
import { coqui } from './coqui.js';
import { deepspeed } from './deepspeed.js';
import { detectron2 } from './detectron2.js';
import type { Dialect } from './dialect.js';
import { diffusers } from './diffusers.js';
import { esmfold } from './esmfold.js';
import { espnet } from './espnet.js';
import { fairseq } from './fairseq.js';
import { flax } from './flax.js';
import { fooocusInpaint } from './fooocus-inpaint.js';
import { forge } from './forge.js';
import { ggml } from './ggml.js';
import { haiku } from './haiku.js';
import { invokeai } from './invokeai.js';
import { jittor } from './jittor.js';
import { keras } from './keras.js';
import { kerasH5 } from './keras-h5.js';
import { lavis } from './lavis.js';
import { lightning } from './lightning.js';
import { llama } from './llama.js';
import { marian } from './marian.js';
import { maxtext } from './maxtext.js';
import { megatron } from './megatron.js';
import { megatronBridge } from './megatron-bridge.js';
import { mindspore } from './mindspore.js';
import { mlx } from './mlx.js';
import { mmengine } from './mmengine.js';
import { mxnet } from './mxnet.js';
import { nemo } from './nemo.js';
import { openClip } from './open-clip.js';
import { openpcdet } from './openpcdet.js';
import { orbax } from './orbax.js';
import { paddle } from './paddle.js';
import { paddledetection } from './paddledetection.js';
import { paddleocr } from './paddleocr.js';
import { paxml } from './paxml.js';
import { peft } from './peft.js';
import { rvc } from './rvc.js';
import { safetensors } from './safetensors.js';
import { scripts } from './scripts.js';
import { sglang } from './sglang.js';
import { stableBaselines3 } from './stable-baselines3.js';
import { swift } from './swift.js';
import { t5x } from './t5x.js';
import { tensorflow } from './tensorflow.js';
import { textGenerationInference } from './text-generation-inference.js';
import { timm } from './timm.js';
import { tinygrad } from './tinygrad.js';
import { torch } from './torch.js';
import { torchDistributed } from './torch-distributed.js';
import { torchLegacy } from './torch-legacy.js';
import { torchLoad } from './torch-load.js';
import { torchObserver } from './torch-observer.js';
import { torchOptimizer } from './torch-optimizer.js';
import { torchreid } from './torchreid.js';
import { transformers } from './transformers.js';
import { transformersFlaxTf } from './transformers-flax-tf.js';
import { transformersReport } from './transformers-report.js';
import { transformersTrainer } from './transformers-trainer.js';
import { ultralytics } from './ultralytics.js';
import { verl } from './verl.js';
import { vissl } from './vissl.js';
import { vllm } from './vllm.js';
import { yolox } from './yolox.js';

/** All dialects, in the order of the README's list. A message is claimed by exactly one pattern; a test sees to it. */
export const dialects: readonly Dialect[] = [
  torch,
  torchLegacy,
  torchOptimizer,
  torchDistributed,
  torchObserver,
  torchLoad,
  checkpointEntry,
  scripts,
  transformers,
  transformersReport,
  transformersTrainer,
  transformersFlaxTf,
  accelerate,
  peft,
  diffusers,
  timm,
  openClip,
  safetensors,
  bitsandbytes,
  mmengine,
  detectron2,
  yolox,
  centernet,
  torchreid,
  openpcdet,
  ultralytics,
  fairseq,
  lightning,
  deepspeed,
  megatron,
  megatronBridge,
  nemo,
  vllm,
  sglang,
  textGenerationInference,
  ggml,
  tensorflow,
  keras,
  kerasH5,
  flax,
  orbax,
  t5x,
  paxml,
  haiku,
  maxtext,
  paddle,
  paddleocr,
  paddledetection,
  mindspore,
  comfyui,
  forge,
  invokeai,
  fooocusInpaint,
  mxnet,
  jittor,
  tinygrad,
  mlx,
  candle,
  stableBaselines3,
  basicsr,
  rvc,
  espnet,
  coqui,
  vissl,
  lavis,
  allennlp,
  verl,
  composer,
  swift,
  llama,
  marian,
  esmfold,
];
