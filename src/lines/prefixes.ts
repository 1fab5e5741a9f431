import { readCount } from '../model/pattern.js';
/** What launchers, schedulers and consoles write in front of a process's line. */
export interface Prefix {
  readonly name: string;
  /** Characters one of which it begins with: with another one nothing is tried, and nothing compiled. */
  readonly begins: string;
  /** Anchored at the start; named groups: `rank` (global), `local` (rank within its node), `who` (anything else that tells processes apart), `part`. */
  readonly expression: RegExp;
  /** A line, what is left of it, and what the prefix told. */
  readonly samples: readonly (readonly [line: string, rest: string, told: { readonly rank?: number; readonly who?: string }])[];
}

const DIGITS = '0123456789';
const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LETTERS = `${CAPITALS}abcdefghijklmnopqrstuvwxyz`;

/** Outermost forms first; peeling repeats until nothing fits, since they nest in any order. */
export const prefixes: readonly Prefix[] = [
  {
    name: 'torch-excepthook', // torch/distributed/distributed_c10d.py, since 2.4; a lone "] " left of it is lightning#19259
    begins: '[]',
    expression: /^(?:\] )?\[rank(?<rank>\d+)\]:? ?/,
    samples: [['[rank3]: \tsize mismatch', '\tsize mismatch', { rank: 3 }]],
  },
  {
    name: 'torchrun-tee', // torch/distributed/elastic/multiprocessing/tail_log.py: [{role}{local_rank}]:
    begins: '[',
    expression: /^\[[a-zA-Z_](?:[\w-]*[a-zA-Z_-])?(?<local>\d+)\]: ?/,
    samples: [['[default1]:RuntimeError: x', 'RuntimeError: x', { rank: 1 }]],
  },
  {
    name: 'sagemaker-mpi',
    begins: '[',
    expression: /^\[\d+,mpirank:(?<rank>\d+),(?<who>[\w.-]+)\]<std(?:err|out)>: ?/,
    samples: [['[1,mpirank:4,algo-1]<stderr>:\tx', '\tx', { rank: 4, who: 'algo-1' }]],
  },
  {
    name: 'mpirun', // Horovod, OpenMPI --tag-output: [0]<stderr>: and [1,0]<stderr>:
    begins: `[_${DIGITS}${LETTERS}`,
    expression: /^(?:\w{3} \w{3} +\d+ [\d:]+ \d{4})?\[(?:\d+,)?(?<rank>\d+)\]<std(?:err|out)>: ?/,
    samples: [
      ['[1,0]<stderr>:x', 'x', { rank: 0 }],
      ['Mon Jan  1 12:00:00 2024[2]<stderr>:x', 'x', { rank: 2 }],
    ],
  },
  {
    name: 'lightning-rank',
    begins: '[',
    expression: /^\[rank: (?<rank>\d+)\] ?/,
    samples: [['[rank: 2] Seed set', 'Seed set', { rank: 2 }]],
  },
  {
    name: 'plain-rank',
    begins: '[Rr',
    expression: /^\[?[Rr]ank[ _:]?(?<rank>\d+)\]?(?::| \|) ?/,
    samples: [['Rank 5: x', 'x', { rank: 5 }]],
  },
  {
    name: 'bracketed-rank', // torchrun with log_line_prefix_template, elastic before roles had names
    begins: '[',
    expression: /^\[(?<local>\d{1,5})\]: ?(?=\S|\t)/,
    samples: [['[7]: \tx', '\tx', { rank: 7 }]],
  },
  {
    name: 'ray', // ray/_private/worker.py; vLLM's workers write the same form
    begins: '(',
    expression: /^\((?<who>(?:[\w.:<>-]+(?:\([^)]*\))? )?pid=\d+(?:, ip=[\w.:]+)?)\) ?/,
    samples: [
      ['(TrainActor pid=9755, ip=10.0.0.2) x', 'x', { who: 'TrainActor pid=9755, ip=10.0.0.2' }],
      ['(EngineCore pid=3510698) ERROR', 'ERROR', { who: 'EngineCore pid=3510698' }],
    ],
  },
  {
    name: 'ray-rank', // verl and OpenRLHF set the actor's name: (WorkerDict_0:1 pid=…) is read above; torchtune and axolotl write (RANK 1)
    begins: '(',
    expression: /^\(RANK (?<rank>\d+)\):? ?/,
    samples: [['(RANK 1) x', 'x', { rank: 1 }]],
  },
  {
    name: 'kubectl', // kubectl logs --prefix
    begins: '[',
    expression: /^\[(?<who>pod\/[^\]\s]+)\] ?/,
    samples: [['[pod/trainer-0/pytorch] x', 'x', { who: 'pod/trainer-0/pytorch' }]],
  },
  {
    name: 'cri', // containerd, CRI-O: P marks a part that the next record continues
    begins: DIGITS,
    expression: /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) (?<who>stdout|stderr) (?<part>[FP]) /,
    samples: [['2016-10-06T00:17:09.669794202Z stderr F x', 'x', { who: 'stderr' }]],
  },
  {
    name: 'wandb', // core/internal/runconsolelogs
    begins: 'EI',
    expression: /^(?:ERROR|INFO) \d{4}-\d\d-\d\dT[\d:.]+ (?:\[(?<who>[^\]]*)\] ?)?/,
    samples: [['ERROR 2023-04-05T10:15:30.000000 [node-1] x', 'x', { who: 'node-1' }]],
  },
  {
    name: 'timestamp', // kubernetes, GitHub Actions, logcli
    begins: DIGITS,
    expression: /^\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?Z| ?[+-]\d\d:?\d\d)?[ \t](?!\| )/,
    samples: [['2024-05-02T08:11:00.000Z \tx', '\tx', {}]],
  },
  {
    name: 'clock',
    begins: DIGITS,
    expression: /^\d\d:\d\d:\d\d(?:[.,]\d+)? (?=\s*(?:size mismatch|\[rank|RuntimeError|Error\(s\)))/,
    samples: [['10:02:03 RuntimeError: x', 'RuntimeError: x', {}]],
  },
  {
    name: 'syslog', // RFC 3164, journald
    begins: CAPITALS,
    expression: /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?<who>\S+ [\w./-]+(?:\[\d+\])?): ?/,
    samples: [['May  2 08:11:00 node-0 python[4121]: x', 'x', { who: 'node-0 python[4121]' }]],
  },
  {
    name: 'syslog-5424',
    begins: '<',
    expression: /^<\d{1,3}>1 \S+ (?<who>\S+ \S+ \S+) \S+ (?:-|\[[^\]]*\]) ?/,
    samples: [['<134>1 2024-05-02T08:11:00Z node-0 python 4121 - - x', 'x', { who: 'node-0 python 4121' }]],
  },
  {
    name: 'vllm', // vllm/logger.py repeats it on every line of a record
    begins: 'DIWEC',
    expression: /^(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) \d\d-\d\d \d\d:\d\d:\d\d \[?[\w./]+:\d+\] ?/,
    samples: [['ERROR 06-24 11:39:09 [core.py:515] x', 'x', {}]],
  },
  {
    name: 'sglang',
    begins: '[',
    expression: /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?: DP\d+)? TP(?<local>\d+)(?: EP\d+)?\] ?/,
    samples: [['[2025-03-26 16:09:20 TP0] x', 'x', { rank: 0 }]],
  },
  {
    name: 'axolotl-rank', // [2024-09-19 10:00:00,000] [ERROR] [axolotl.load_model:808] [PID:12] [RANK:0] text
    begins: '[',
    expression: /^(?:\[[^\]]{1,80}\] ?){1,4}\[PID:(?<who>\d+)\] \[RANK:(?<rank>\d+)\] ?/,
    samples: [['[2024-09-19 10:00:00,000] [ERROR] [axolotl.load_model:808] [PID:12] [RANK:0] x', 'x', { rank: 0, who: '12' }]],
  },
  {
    name: 'docker-compose', // a load report's row has a status in the second column and is no prefix
    begins: `${DIGITS}${LETTERS}`,
    expression:
      /^(?<who>[a-zA-Z0-9][\w.-]*) {0,40} \| (?!\s*(?:MISSING|UNEXPECTED|MISMATCH|CONVERSION|OWNED|SKIPPED|Status)\b)(?!\s*(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\s*\|)/,
    samples: [['trainer-1  | x', 'x', { who: 'trainer-1' }]],
  },
  {
    name: 'srun', // srun --label, right-aligned
    begins: ` ${DIGITS}`,
    expression: /^ {0,6}(?<rank>\d{1,6}): (?=\s*\S)/,
    samples: [['  3: \tx', '\tx', { rank: 3 }]],
  },
  {
    name: 'pdsh', // DeepSpeed's multi-node launcher: a host name with a digit in it, never an exception's name
    begins: `${DIGITS}${LETTERS}`,
    expression: /^(?<who>(?:(?=[a-z][a-z0-9-]*\d)[a-z][\w-]+(?:\.[\w.-]+)?|\d{1,3}(?:\.\d{1,3}){3})): (?=\s*\S)/,
    samples: [['worker-0: [2024-03-09 10:20:30,123] [INFO]', '[2024-03-09 10:20:30,123] [INFO]', { who: 'worker-0' }]],
  },
  {
    name: 'quoted-mail',
    begins: '>',
    expression: /^(?:> ?)+(?!File)/,
    samples: [['> > size mismatch', 'size mismatch', {}]],
  },
  {
    name: 'stable-diffusion-webui', // modules/errors.py
    begins: '*',
    expression: /^\*\*\* (?=.)/,
    samples: [['*** \tsize mismatch', '\tsize mismatch', {}]],
  },
  {
    name: 'exception-group',
    begins: ' ',
    expression: /^ {2,12}\| (?=\S)/,
    samples: [['    | RuntimeError: x', 'RuntimeError: x', {}]],
  },
];

export interface Peeled {
  readonly rest: string;
  /** Everything that tells this process apart from others, in the order of the prefixes. */
  readonly identity: string;
  readonly rank?: number;
  /** True for a record that the next one of the same process continues. */
  readonly partial?: boolean;
}

const MAX_PREFIXES = 6;

/** Takes known prefixes off, outermost first. A global rank beats a local one, wherever they stand. */
export function peel(line: string): Peeled {
  let rest = line;
  const identity: string[] = [];
  const ranks: { global?: number; local?: number } = {};
  let partial = false;
  for (let i = 0; i < MAX_PREFIXES; i++) {
    const found = firstFit(rest);
    if (found === undefined) break;
    const { rank, local, who, part } = found.groups ?? {};
    if (rank !== undefined) ranks.global = readCount(rank);
    if (local !== undefined) ranks.local = readCount(local);
    if (who !== undefined) identity.push(who);
    partial ||= part === 'P';
    rest = rest.slice(found[0].length);
  }
  const rank = ranks.global ?? ranks.local;
  if (rank !== undefined) identity.push(`rank ${rank}`);
  return { rest, identity: identity.join(' '), ...(rank === undefined ? {} : { rank }), ...(partial ? { partial } : {}) };
}

/** Every prefix begins with one of these, or with blanks before a number or a bar; most lines of a training log do not. */
const MAY_BEGIN = /^(?:[[(<>\d*{\]]| {1,12}[\d|]|[A-Z][a-z]{2} |[Rr]ank|[A-Z]{4,8} \d|[\w.-]{1,64}(?:: | {0,40} \| ))/;

function firstFit(line: string): RegExpExecArray | undefined {
  if (!MAY_BEGIN.test(line)) return undefined;
  for (const { expression } of thoseThatBeginWith(line.charAt(0))) {
    const match = expression.exec(line);
    if (match !== null && match[0] !== '') return match;
  }
  return undefined;
}

const byCharacter = new Map<string, readonly Prefix[]>();

function thoseThatBeginWith(character: string): readonly Prefix[] {
  const known = byCharacter.get(character);
  if (known !== undefined) return known;
  const fitting = prefixes.filter(({ begins }) => begins.includes(character));
  byCharacter.set(character, fitting);
  return fitting;
}
