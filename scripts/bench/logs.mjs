// Writes the logs of the benchmark. The same sizes give the same bytes.
import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';

/** A small generator of numbers, so that no run of the benchmark differs from another. */
function createNumbers(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const digits = (number, width) => String(number).padStart(width, '0');

/** One step each, as trainers print it: dictionaries, tables, progress, shapes. */
const STEPS = [
  (n) =>
    `{'loss': ${n(4)}.${digits(n(10_000), 4)}, 'grad_norm': ${n(9)}.${digits(n(1e9), 9)}, 'learning_rate': ${n(9)}.${n(1e9)}e-0${n(9)}, 'epoch': ${n(3)}.${digits(n(100), 2)}}`,
  (n, step) =>
    `[2026-03-1${n(9)} 1${n(9)}:${digits(n(60), 2)}:${digits(n(60), 2)},${digits(n(1000), 3)}] [INFO] [logging.py:96:log_dist] [Rank 0] step=${step}, skipped=${n(30)}, lr=[${n(9)}.${n(1e9)}e-06, ${n(9)}.${n(1e9)}e-06], mom=[(0.9, 0.95), (0.9, 0.95)]`,
  (n, step) =>
    ` iteration ${String(step).padStart(8)}/  500000 | consumed samples: ${String(step * 512).padStart(12)} | elapsed time per iteration (ms): ${n(9000)}.${n(10)} | learning rate: ${n(9)}.${digits(n(1000), 3)}E-04 | global batch size:   512 | lm loss: ${n(9)}.${digits(n(1e6), 6)}E+00 | loss scale: 1.0 | grad norm: ${n(9)}.${digits(n(1000), 3)} | number of skipped iterations:   0 | number of nan iterations:   0 |`,
  (n, step) =>
    `step ${step} logits torch.Size([8, ${n(4096)}, 32000]) hidden torch.Size([8, ${n(4096)}, 4096]) loss ${n(9)}.${digits(n(1e6), 6)}`,
  (n, step) =>
    `2026/03/1${n(9)} 1${n(9)}:${digits(n(60), 2)}:${digits(n(60), 2)} - mmengine - INFO - Epoch(train) [${n(99)}][${digits(step % 10000, 4)}/7330]  base_lr: 1.0000e-04 lr: ${n(9)}.${digits(n(1e4), 4)}e-04  eta: 1 day, ${n(24)}:${digits(n(60), 2)}:${digits(n(60), 2)}  time: 0.${digits(n(1e4), 4)}  data_time: 0.0${digits(n(1000), 3)}  memory: ${n(40000)}  loss: ${n(9)}.${digits(n(1e4), 4)}  loss_cls: 0.${digits(n(1e4), 4)}  loss_bbox: 0.${digits(n(1e4), 4)}  acc: ${n(99)}.${digits(n(1e4), 4)}`,
  (n, step) =>
    `Epoch ${n(90)}:  ${n(99)}%|${'█'.repeat(n(9))}${' '.repeat(3)}| ${step}/90000 [0${n(9)}:${digits(n(60), 2)}<1${n(9)}:${digits(n(60), 2)},  ${n(9)}.${digits(n(100), 2)}it/s, v_num=${n(9)}, train_loss=${n(9)}.${digits(n(1000), 3)}]`,
  (n) =>
    `INFO 03-1${n(9)} 1${n(9)}:${digits(n(60), 2)}:${digits(n(60), 2)} [metrics.py:455] Avg prompt throughput: ${n(9999)}.${n(9)} tokens/s, Avg generation throughput: ${n(9999)}.${n(9)} tokens/s, Running: ${n(256)} reqs, Swapped: 0 reqs, Pending: ${n(256)} reqs, GPU KV cache usage: ${n(99)}.${n(9)}%, CPU KV cache usage: 0.0%.`,
];

/** What stands between steps, once in a few thousand. */
const OCCASIONS = [
  (n) => `Saving model checkpoint to ./output/checkpoint-${n(90000)}`,
  () =>
    '/usr/lib/python3.11/site-packages/torch/utils/checkpoint.py:85: UserWarning: None of the inputs have requires_grad=True. Gradients will be None',
  (n) => `Model weights saved in ./output/checkpoint-${n(90000)}/model.safetensors`,
];

function stepBlock(size, kind) {
  const n = createNumbers(7);
  const lines = [];
  for (let length = 0, step = 1; length < size; step++) {
    const line = step % 3000 === 0 ? OCCASIONS[n(OCCASIONS.length)](n) : STEPS[kind ?? Math.floor(step / 400) % STEPS.length](n, step);
    lines.push(line);
    length += Buffer.byteLength(line) + 1;
  }
  return lines;
}

const PARTS = [
  'self_attn.q_proj',
  'self_attn.k_proj',
  'self_attn.v_proj',
  'self_attn.o_proj',
  'mlp.gate_proj',
  'mlp.up_proj',
  'mlp.down_proj',
];

/** `count` mismatches of a Llama that ZeRO-3 partitioned. */
export function mismatches(count) {
  return Array.from({ length: count }, (_, i) => {
    const name = `base_model.model.layers.${Math.floor(i / PARTS.length)}.${PARTS[i % PARTS.length]}.weight`;
    return `\tsize mismatch for ${name}: copying a param with shape torch.Size([4096, 4096]) from checkpoint, the shape in current model is torch.Size([0]).`;
  });
}

const HEADING = 'RuntimeError: Error(s) in loading state_dict for PeftModelForCausalLM:';

/** Steps, and one failure at the very end. */
export function writeSparse(file, bytes) {
  const block = Buffer.from(`${stepBlock(32 << 20).join('\n')}\n`);
  const end = Buffer.from(`${[HEADING, ...mismatches(300)].join('\n')}\n`);
  withFile(file, (write) => {
    for (let left = bytes - end.length; left > 0; left -= block.length) write(left >= block.length ? block : block.subarray(0, left));
    write(Buffer.concat([Buffer.from('\n'), end]));
  });
}

/** Nothing but mismatches: every rank prints all of them. */
export function writeDense(file, ranks, each) {
  const lines = [HEADING, ...mismatches(each - 1)];
  withFile(file, (write) => {
    for (let rank = 0; rank < ranks; rank++) write(Buffer.from(lines.map((line) => `[rank${rank}]: ${line}\n`).join('')));
  });
}

/** The same, in a file for each rank. */
export function writeRanks(folder, ranks, each) {
  const lines = [HEADING, ...mismatches(each - 1)].map((line) => `${line}\n`).join('');
  for (let rank = 0; rank < ranks; rank++) withFile(path.join(folder, `rank-${rank}.log`), (write) => write(Buffer.from(lines)));
}

/** A progress bar that was written over and over, without a line feed, and a failure behind it. */
export function writeReturns(file, bytes) {
  const block = Buffer.from(`${stepBlock(4 << 20, 5).join('\r')}\r`);
  withFile(file, (write) => {
    for (let left = bytes; left > 0; left -= block.length) write(block.subarray(0, left));
    write(Buffer.from(`\n${[HEADING, ...mismatches(300)].join('\n')}\n`));
  });
}

/** One line without any break: a dump of a tensor, say. */
export function writeOneLine(file, bytes) {
  const block = Buffer.from(stepBlock(4 << 20, 0).join(' '));
  withFile(file, (write) => {
    for (let left = bytes; left > 0; left -= block.length) write(block.subarray(0, left));
    write(Buffer.from(`\n${[HEADING, ...mismatches(300)].join('\n')}\n`));
  });
}

function withFile(file, fill) {
  const descriptor = openSync(file, 'w');
  try {
    fill((bytes) => writeSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}
