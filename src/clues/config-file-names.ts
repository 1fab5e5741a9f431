import { type ClueFact, type CluePattern, cluePattern, told } from './clue-pattern.js';
import { stageOf, zero } from './stage-fact.js';

const FILE_NAME = 'the name of the DeepSpeed configuration file';

/** Where a configuration file is named, and a line for each. The deepspeed launcher prints its command as words, its children's as a list. */
const FILE_NAMES: readonly (readonly [literal: string, sample: string])[] = [
  [
    '--deepspeed',
    '[runner.py:568:main] cmd = /opt/conda/bin/python -u -m deepspeed.launcher.launch train.py --deepspeed ./scripts/zero3.json --bf16',
  ],
  ['deepspeed=', 'deepspeed=./scripts/zero3.json,'],
  ['deepspeed:', 'deepspeed: examples/deepspeed/ds_z3_config.json'],
  ["'deepspeed'", "{'output_dir': 'out', 'deepspeed': 'configs/zero3.json'}"],
  ['"deepspeed', '  "deepspeed": "configs/zero3.json",'],
  ['deepspeed_config', '  deepspeed_config_file: /home/user/zero2_tries/ds_zero3.json'],
  ['hf_ds_config', "    plugin = DeepSpeedPlugin(hf_ds_config='./ds_config_zero3.json')"],
  ['--ds_config', "['python', 'main.py', '--ds_config', 'ds_stage3.json']"],
  ['--config_file', 'accelerate launch --config_file=configs/deepspeed_zero3.yaml sft.py'],
];

/** Megatron-DeepSpeed's list of arguments. */
const MEGATRON = '  deepspeed_config ................................ ds_config_zero2.json';

/** The file's own name, never that of its folder; ms-swift names `zero3` without a file. */
function fileNamePattern(literal: string, sample: string): CluePattern {
  const option = literal.replace(/^['"]|[=:'"]$/g, '');
  const glue = String.raw`(?:_file|_config(?:_file)?)?(?:["']?\s{0,2}[:=]\s{0,2}["']?|\s\.{3,60}\s|\s{1,4}(?!\.{3})["']?|["'],\s?["'])`;
  const before = literal.startsWith('--') ? '' : String.raw`(?<![\w./-])`;
  return cluePattern(
    `file-name-after-${literal}`,
    literal,
    () => new RegExp(String.raw`${before}${option}${glue}(?<file>(?!-)[^\s"',;)\]}=]{2,300})`),
    (fields) => stageOfFileName(fields.text('file')),
    [told(sample, zero(3, 'medium', FILE_NAME)), ...(literal === 'deepspeed_config' ? [told(MEGATRON, zero(2, 'medium', FILE_NAME))] : [])],
  );
}

/** `zero3.json`, `ds_z3_offload_config.json`, `stage_2.json`; a name with two numbers decides nothing. */
function stageOfFileName(path: string): readonly ClueFact[] {
  const name = path.split(/[\\/]/).at(-1) ?? '';
  const zeros = numbersIn(name, /(?:zero(?:[_-]?stage)?|(?<![a-z])z)[_-]?(?<stage>[0-3])(?!\d)/gi);
  const stages = zeros.size > 0 ? zeros : numbersIn(name, /(?<![a-z])stage[_-]?(?<stage>[0-3])(?!\d)/gi);
  const [only] = stages;
  return stages.size === 1 && only !== undefined ? [zero(stageOf(only), 'medium', FILE_NAME)] : [];
}

function numbersIn(name: string, expression: RegExp): ReadonlySet<string> {
  return new Set([...name.matchAll(expression)].flatMap(({ groups }) => groups?.stage ?? []));
}

/** A file's name suggests the stage; its content, where the log shows it, decides. */
export const configFileNames: readonly CluePattern[] = FILE_NAMES.map(([literal, sample]) => fileNamePattern(literal, sample));
