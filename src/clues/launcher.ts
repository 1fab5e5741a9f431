import { type ClueFact, type ClueSource, fixedPattern } from './clue-pattern.js';

/** Who started the processes. */
export const launcher: ClueSource = {
  name: 'launcher',
  patterns: [
    fixedPattern(
      'torchrun-command',
      'torchrun --',
      /(?<![\w.-])torchrun --\w/,
      by('torchrun'),
      '+ torchrun --nproc_per_node=8 llava/train/train_mem.py',
    ),
    fixedPattern(
      'torchrun-frame', // the console script of torch
      'torchrun',
      /File "[^"\n]{1,300}\/torchrun", line \d/,
      by('torchrun'),
      '  File "/opt/conda/bin/torchrun", line 8, in <module>',
    ),
    fixedPattern(
      'torchrun-summary', // torch/distributed/elastic/multiprocessing/errors
      'errors.ChildFailedError',
      /torch\.distributed\.elastic\.multiprocessing\.errors\.ChildFailedError/,
      by('torch.distributed.run'),
      'torch.distributed.elastic.multiprocessing.errors.ChildFailedError: ',
    ),
    fixedPattern(
      'torch-launch', // torch/distributed/launch.py
      'torch.distributed.launch',
      /-m torch\.distributed\.launch\b|torch\.distributed\.launch is deprecated/,
      by('torch.distributed.launch'),
      'python -m torch.distributed.launch --nproc_per_node=4 tools/train.py',
    ),
    fixedPattern(
      'deepspeed-runner', // deepspeed/launcher/runner.py; its children's lines are in launch.py
      'deepspeed.launcher.launch',
      /-m deepspeed\.launcher\.launch\b/,
      by('deepspeed'),
      '[2024-03-09 10:20:30,123] [INFO] [runner.py:568:main] cmd = /opt/conda/bin/python -u -m deepspeed.launcher.launch --world_info=e30= train.py',
    ),
    fixedPattern(
      'deepspeed-launch', // deepspeed/launcher/launch.py
      'WORLD INFO DICT',
      /\[launch\.py:\d+:\w+\] WORLD INFO DICT/,
      by('deepspeed'),
      "[2024-03-09 10:20:31,001] [INFO] [launch.py:145:main] WORLD INFO DICT: {'localhost': [0, 1]}",
    ),
    fixedPattern(
      'deepspeed-command',
      'deepspeed --',
      /(?<![\w.-])deepspeed --(?:num_gpus|num_nodes|include|exclude|hostfile|master_port|master_addr|module|launcher|no_local_rank|bind_cores)/,
      by('deepspeed'),
      'deepspeed --include localhost:0,1 llava/train/train_mem.py',
    ),
    fixedPattern(
      'accelerate-command',
      'accelerate launch',
      /(?<![\w.-])accelerate launch [-\w./]/,
      by('accelerate'),
      '$ accelerate launch --config_file fsdp.yaml train.py',
    ),
    fixedPattern(
      'accelerate-frame', // accelerate/commands/launch.py
      'accelerate/commands',
      /accelerate\/commands\/(?:launch|accelerate_cli)\.py", line \d/,
      by('accelerate'),
      '  File "/opt/conda/lib/python3.10/site-packages/accelerate/commands/launch.py", line 1080, in launch_command',
    ),
    fixedPattern(
      'srun', // Slurm
      'srun',
      /\bsrun: (?:error|job|launch|jobid|Job)|(?:^|[$+;&] ?)srun (?:--\w|-[A-Za-z]|python)/,
      by('srun'),
      'srun: error: node-0: task 1: Exited with exit code 1',
      '+ srun --ntasks=8 python train.py',
    ),
    fixedPattern(
      'mpirun', // Open MPI
      'mpirun',
      /\bmpirun (?:--?\w|detected|noticed|has exited)/,
      by('mpirun'),
      'mpirun detected that one or more processes exited with non-zero status, thus causing the job to be terminated. The first process to do so was:',
    ),
    fixedPattern(
      'horovodrun',
      'horovodrun',
      /horovodrun -|\[\d,\d\]<stderr>.{0,20}horovod/,
      by('horovodrun'),
      'horovodrun -np 4 python train.py',
    ),
    fixedPattern(
      'ray', // ray/_private/worker.py
      'Ray instance',
      /Started a local Ray instance|Connecting to existing Ray cluster|Connected to Ray cluster/,
      by('ray'),
      '2024-05-02 08:11:00,123\tINFO worker.py:1724 -- Started a local Ray instance. View the dashboard at 127.0.0.1:8265',
    ),
    fixedPattern(
      'lightning', // lightning/fabric/utilities/distributed.py
      'Initializing distributed',
      /Initializing distributed: GLOBAL_RANK: \d+, MEMBER: \d/,
      by('lightning'),
      'Initializing distributed: GLOBAL_RANK: 0, MEMBER: 1/4',
    ),
    fixedPattern(
      'kubectl', // Kubeflow's training operator
      'kubectl ',
      /(?:^|[$+;&] ?)kubectl (?:logs|exec|apply|create|run)\b/,
      by('kubectl'),
      '$ kubectl logs -f trainer-0 --prefix',
    ),
  ],
};

function by(name: string): readonly ClueFact[] {
  return [{ kind: 'launcher', name }];
}
