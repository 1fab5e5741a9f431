import { type ClueFact, type CluePattern, type ClueSource, cluePattern, told } from './clue-pattern.js';
import { phasesOfCommand } from './phase.js';

const MAX_COMMAND = 1500;
/** What a shell echoes in front of a command: a prompt, `set -x`, variables of the environment. */
const SHELL = String.raw`^\s{0,4}(?:[\w.@:~/()[\] -]{0,80}[$#%>] |\++ |[!] ?|(?:[Rr]unning|[Ee]xecuting|[Cc]ommand|[Cc]md|CMD)[\w ]{0,20}: )?(?<command>(?:\w{1,60}=[^\s]{0,200} ){0,20}`;
/** A backslash at the end takes the next line in. */
const ARGUMENTS = String.raw`(?:[^\\\n]|\\[^\n]|\\\n){1,6000})$`;

/** How the run was started, as printed by shells and by launchers; when a process dies, launchers print it again. */
export const commandLine: ClueSource = {
  name: 'command-line',
  patterns: [
    cluePattern(
      'deepspeed-runner', // deepspeed/launcher/runner.py: words separated by blanks
      'main] cmd =',
      /\[runner\.py:\d+:main\] cmd = (?<command>[^\n]{1,6000})/,
      (fields) => command(fields.text('command').split(/\s+/)),
      [
        told(
          '[2024-03-09 10:20:30,123] [INFO] [runner.py:568:main] cmd = /opt/conda/bin/python -u -m deepspeed.launcher.launch --master_port=29500 train.py --bf16 True',
          line('/opt/conda/bin/python -u -m deepspeed.launcher.launch --master_port=29500 train.py --bf16 True', 'train.py'),
        ),
      ],
    ),
    listed('deepspeed-spawn', 'spawned with command', /spawned with command: (?<list>\[[^\n]{1,6000}\])/, [
      "[2024-03-09 10:20:31,001] [INFO] [launch.py:256:main] process 4121 spawned with command: ['python', '-u', 'finetune.py', '--local_rank=0', '--bf16']",
    ]), // deepspeed/launcher/launch.py, 0.13.2 and later
    listed('deepspeed-exit', 'exits with return code', /(?<list>\['(?:(?!\[')[^\n]){1,6000}\]) exits with return code/, [
      "[2024-03-09 10:21:31,001] [ERROR] [launch.py:322:sigkill_handler] ['python', '-u', 'finetune.py', '--local_rank=1', '--bf16'] exits with return code = 1",
    ]), // deepspeed/launcher/launch.py, all versions
    listed(
      'called-process',
      'returned non-zero exit status',
      /Command '(?<list>\['(?:(?!\[')[^\n]){1,6000}\])' returned non-zero exit status/,
      ["subprocess.CalledProcessError: Command '['python', 'finetune.py', '--bf16']' returned non-zero exit status 1."],
    ), // Python's subprocess: accelerate launch, torch.distributed.launch
    shell('torchrun', 'torchrun ', String.raw`(?:\S{0,200}\/)?torchrun (?=-|\S{1,200}\.py\b)`, [
      ['+ torchrun --nproc_per_node=2 train.py --bf16', 'torchrun --nproc_per_node=2 train.py --bf16', 'train.py'],
      ['torchrun --nproc_per_node=2 \\\n    train.py \\\n    --bf16', 'torchrun --nproc_per_node=2 train.py --bf16', 'train.py'],
    ]),
    shell('deepspeed', 'deepspeed ', String.raw`(?:\S{0,200}\/)?deepspeed (?=-|\S{1,200}\.py\b)`, [
      [
        '$ deepspeed --master_port 29500 llava/train/train_mem.py',
        'deepspeed --master_port 29500 llava/train/train_mem.py',
        'llava/train/train_mem.py',
      ],
    ]),
    shell('accelerate', 'accelerate launch', String.raw`(?:\S{0,200}\/)?accelerate launch `, [
      ['accelerate launch --num_processes 4 train.py', 'accelerate launch --num_processes 4 train.py', 'train.py'],
    ]),
    shell('python', 'python ', String.raw`(?:\S{0,200}\/)?python (?=(?:-[uOIB] )?(?:-m |\S{1,200}\.py\b))`, [
      [
        '(base) user@node:~/LLaVA$ CUDA_VISIBLE_DEVICES=0 python train.py --bf16',
        'CUDA_VISIBLE_DEVICES=0 python train.py --bf16',
        'train.py',
      ],
      ['python -m axolotl.cli.train config.yml', 'python -m axolotl.cli.train config.yml', 'axolotl.cli.train'],
      ['Running command: /opt/conda/bin/python train.py', '/opt/conda/bin/python train.py', 'train.py'],
    ]),
    shell('python3', 'python3 ', String.raw`(?:\S{0,200}\/)?python3 (?=(?:-[uOIB] )?(?:-m |\S{1,200}\.py\b))`, [
      ['$ python3 -u train.py --bf16', 'python3 -u train.py --bf16', 'train.py'],
    ]),
    shell('bash', 'bash ', String.raw`bash (?=\S{1,200}\.sh\b)`, [
      ['$ bash scripts/v1_5/run.sh', 'bash scripts/v1_5/run.sh', 'scripts/v1_5/run.sh'],
    ]),
    shell('srun', 'srun ', 'srun (?=-|python)', [
      ['+ srun --ntasks=8 python -u train.py', 'srun --ntasks=8 python -u train.py', 'train.py'],
    ]),
  ],
};

function listed(name: string, literal: string, expression: RegExp, texts: readonly string[]): CluePattern {
  return cluePattern(
    name,
    literal,
    expression,
    (fields) => command(wordsOfList(fields.text('list'))),
    texts.map((text) => {
      const words = text.includes("'-u'") ? 'python -u finetune.py --bf16' : 'python finetune.py --bf16';
      return told(text, line(words, 'finetune.py'), { kind: 'phase', phase: 'fine-tuning' });
    }),
  );
}

function shell(
  name: string,
  literal: string,
  program: string,
  samples: readonly (readonly [text: string, command: string, script: string])[],
): CluePattern {
  return cluePattern(
    `shell-${name}`,
    literal,
    () => new RegExp(SHELL + program + ARGUMENTS),
    (fields) => command(fields.text('command').replace(/\\\n/g, ' ').trim().split(/\s+/)),
    samples.map(([text, words, script]) => told(text, line(words, script))),
    30,
  );
}

/** The processes of one launch differ in their rank alone: without it they are one command. */
function command(words: readonly string[]): readonly ClueFact[] {
  const own = words.filter((word) => !/^--(?:local_rank|node_rank|local-rank)=\d+$/.test(word));
  const script = scriptOf(own);
  return [line(own.join(' '), script), ...phasesOfCommand(own, script)];
}

const LAUNCHER = /^(?:torch\.distributed\.\w+|deepspeed\.launcher\.\w+|accelerate\.commands\.\w+|debugpy|pdb|cProfile)$/;

function scriptOf(words: readonly string[]): string | undefined {
  const module = words.find((word, index) => /^(?:-m|--module)$/.test(words[index - 1] ?? '') && !LAUNCHER.test(word));
  return module ?? words.find((word) => /^[^-\s][^=\s]*\.(?:py|sh)$/.test(word));
}

function wordsOfList(list: string): readonly string[] {
  return [...list.matchAll(/'(?<single>[^']*)'|"(?<double>[^"]*)"/g)].map(({ groups }) => groups?.single ?? groups?.double ?? '');
}

function line(words: string, script: string | undefined): ClueFact {
  return { kind: 'command-line', command: words.slice(0, MAX_COMMAND), ...(script === undefined ? {} : { script }) };
}
