import { type ClueSource, cluePattern, told } from './clue-pattern.js';

/** The number of processes, as printed by those who count all of them; a number per node is only a part. */
export const worldSize: ClueSource = {
  name: 'world-size',
  patterns: [
    size(
      'deepspeed-config',
      'mesh_device',
      /Config mesh_device \S{1,40} world_size = (?<size>\d{1,6})\b/,
      ['[2026-11-23 17:15:11,519] [INFO] [config.py:734:__init__] Config mesh_device None world_size = 2', 2], // deepspeed/runtime/config.py
    ),
    size(
      'deepspeed-launch',
      'dist_world_size',
      /dist_world_size=(?<size>\d{1,6})\b/,
      ['[2024-03-09 10:20:31,001] [INFO] [launch.py:163:main] dist_world_size=2', 2], // deepspeed/launcher/launch.py
    ),
    size(
      'deepspeed-init',
      'world_size=',
      /\[comm\.py:\d+:\w+\].{0,200}[ ,]world_size=(?<size>\d{1,6})\b/,
      ['[comm.py:668:mpi_discovery] Discovered MPI settings of world_rank=0, local_rank=0, world_size=2, master_addr=10.0.0.1', 2], // deepspeed/comm/comm.py
    ),
    size(
      'deepspeed-dump',
      'world_size ..',
      /\[config\.py:\d+:print\]\s+world_size \.{2,30} (?<size>\d{1,6})\b/,
      ['[config.py:1005:print]   world_size ................... 2', 2], // deepspeed/runtime/config.py
    ),
    size(
      'lightning',
      'GLOBAL_RANK',
      /GLOBAL_RANK: \d+, MEMBER: \d+\/(?<size>\d{1,6})\b/,
      ['Initializing distributed: GLOBAL_RANK: 0, MEMBER: 1/4', 4], // lightning/fabric/utilities/distributed.py
      ['initializing deepspeed distributed: GLOBAL_RANK: 0, MEMBER: 1/2', 2], // lightning/pytorch/strategies/deepspeed.py
    ),
    size(
      'megatron',
      'using world size',
      /using world size: (?<size>\d{1,6})\b/,
      ['using world size: 8, data-parallel size: 2, context-parallel size: 1, tensor-model-parallel size: 2', 8], // megatron/training/arguments.py
    ),
    size(
      'accelerate',
      'Num processes',
      /^\s{0,8}Num processes: (?<size>\d{1,6})\s{0,4}$/,
      ['Num processes: 8', 8], // accelerate/state.py
    ),
    size('accelerate-option', '--num_processes', /--num_processes[= ](?<size>\d{1,6})\b/, [
      'accelerate launch --num_processes 4 train.py',
      4,
    ]), // accelerate/commands/launch.py: of all machines
    size('accelerate-config', 'num_processes: ', /^\s{0,12}(?:- )?num_processes: (?<size>\d{1,6})\s*$/, ['num_processes: 8', 8]), // accelerate's YAML, accelerate env
    cluePattern(
      'deepspeed', // deepspeed/launcher/runner.py: processes per node, of this node where no host file is given
      '--num_gpus',
      /^(?<before>.{0,1000}?)\bdeepspeed (?<between>.{0,500}?)--num_gpus[= ](?<size>\d{1,4})\b(?<behind>.{0,1000})/,
      (fields) =>
        /--(?:hostfile|num_nodes|include)\b/.test(`${fields.text('between')} ${fields.text('behind')}`)
          ? []
          : [{ kind: 'world-size', size: fields.int('size') }],
      [told('deepspeed --num_gpus 8 train.py', { kind: 'world-size', size: 8 }), told('deepspeed --hostfile hosts --num_gpus 8 train.py')],
    ),
    cluePattern(
      'torchrun', // torch/distributed/run.py: processes per node times nodes; one node unless told
      '--nproc_per_node',
      /^(?<before>.{0,1000}?)--nproc_per_node[= ](?<each>\d{1,4})\b(?<behind>.{0,1000})/,
      (fields) => {
        const nodes = /--nnodes[= ](?<count>\S+)/.exec(`${fields.text('before')} ${fields.text('behind')}`)?.groups?.count ?? '1';
        return /^\d+$/.test(nodes) ? [{ kind: 'world-size', size: fields.int('each') * Number(nodes) }] : [];
      },
      [
        told('torchrun --nproc_per_node=8 train.py', { kind: 'world-size', size: 8 }),
        told('torchrun --nnodes 2 --nproc_per_node 8 train.py', { kind: 'world-size', size: 16 }),
        told('torchrun --nnodes $NNODES --nproc_per_node 8 train.py'),
      ],
    ),
  ],
};

function size(name: string, literal: string, expression: RegExp, ...samples: readonly (readonly [text: string, size: number])[]) {
  return cluePattern(
    name,
    literal,
    expression,
    (fields) => [{ kind: 'world-size', size: fields.int('size') }],
    samples.map(([text, told]) => ({ text, states: [{ kind: 'world-size', size: told }] })),
  );
}
