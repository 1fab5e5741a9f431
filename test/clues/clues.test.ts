import { describe, expect, it } from 'vitest';
import type { CluePattern } from '../../src/clues/clue-pattern.js';
import { clueSources } from '../../src/clues/index.js';
import { createClueReader, readPattern } from '../../src/clues/read.js';
import type { Clue } from '../../src/model/clue.js';

const all = clueSources.flatMap((source) => source.patterns.map((pattern) => ({ source: source.name, pattern })));

/** What one pattern alone reads in a log of these lines. */
function readAlone(pattern: CluePattern, text: string): readonly unknown[] {
  const reader = createClueReader([{ name: 'alone', patterns: [pattern] }]);
  readInto(reader, text);
  return reader.clues().map(({ at: _, text: __, ...fact }) => fact);
}

function readInto(reader: ReturnType<typeof createClueReader>, text: string): void {
  for (const [index, line] of text.split('\n').entries())
    reader.read({ text: line, at: { source: 'x', line: index + 1 }, speaker: { id: 'x' } });
}

function cluesIn(text: string): readonly Clue[] {
  const reader = createClueReader(clueSources);
  readInto(reader, text);
  return reader.clues();
}

describe.each(all)('$source / $pattern.name', ({ source, pattern }) => {
  it('has samples that hold its literal and are read', () => {
    expect(pattern.samples.some(({ states }) => states.length > 0)).toBe(true);
    for (const { text, states } of pattern.samples) if (states.length > 0) expect(text).toContain(pattern.literal);
  });

  it.each(pattern.samples)('states exactly this of $text', ({ text, states }) => {
    expect(readAlone(pattern, text)).toEqual([...new Map(states.map((fact) => [JSON.stringify(fact), fact])).values()]);
  });

  it('is the only one of its kind and form that states it', () => {
    const rivals = all.filter((other) => other.source === source && other.pattern !== pattern);
    const facts = (other: CluePattern, text: string) => readAlone(other, text).map((fact) => JSON.stringify(fact));
    for (const { text, states } of pattern.samples)
      for (const { pattern: rival } of rivals)
        for (const fact of facts(rival, text)) if (source !== 'option') expect(states.map((each) => JSON.stringify(each))).toContain(fact);
  });

  it('takes time in proportion to the line', () => {
    for (const filler of [' ', 'a', '{', '"', '0', '-', 'a/', pattern.literal, `${pattern.literal} `]) {
      const text = pattern.literal + filler.repeat(20_000 / filler.length) + pattern.literal;
      expect(fastestOfThree(() => readPattern(pattern, text))).toBeLessThan(300);
    }
  });
});

/** Milliseconds of this process alone: others may take the machine for a while, and garbage is collected in one of the three. */
function fastestOfThree(work: () => unknown): number {
  let fastest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3 && fastest > 50; i++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    fastest = Math.min(fastest, (user + system) / 1000);
  }
  return fastest;
}

describe('registry', () => {
  it('names every pattern once within its kind', () => {
    for (const { name, patterns } of clueSources) expect(new Set(patterns.map((each) => each.name)).size, name).toBe(patterns.length);
  });

  it('has literals of four characters at least that are no common word alone', () => {
    for (const { pattern } of all) {
      expect(pattern.literal.length).toBeGreaterThanOrEqual(4);
      expect(['torch', 'stage', 'model', 'loss', 'step', 'rank', 'INFO', 'Size']).not.toContain(pattern.literal);
    }
  });
});

/** Log lines that look like a clue and must not state it. */
const NEAR_MISSES: readonly (readonly [claim: string, text: string, kind: Clue['kind'], forbidden: (clue: Clue) => boolean])[] = [
  [
    'keys of stage 3 in a configuration of stage 2',
    '"zero_optimization": {"stage": 2, "stage3_prefetch_bucket_size": 5e7, "stage3_gather_16bit_weights_on_model_save": true}',
    'zero-stage',
    (clue) => clue.kind === 'zero-stage' && clue.stage === 3,
  ],
  [
    'keys of stage 3 without a stage',
    '"zero_optimization": {"stage3_max_live_parameters": 1e9, "stage3_param_persistence_threshold": "auto"}',
    'zero-stage',
    () => true,
  ],
  ['a stage left to the Trainer', '"zero_optimization": {"stage": "auto"}', 'zero-stage', () => true],
  [
    'a folder named after ZeRO-3 around a stage-2 file',
    'train.py --deepspeed /home/user/zero3_runs/ds_zero2.json',
    'zero-stage',
    (clue) => clue.kind === 'zero-stage' && clue.stage === 3,
  ],
  ['an output folder named after ZeRO-3', 'train.py --output_dir out/zero3 --deepspeed ds_config.json', 'zero-stage', () => true],
  ['a training stage', 'train.py --stage 2 --output_dir stage3/llava', 'zero-stage', () => true],
  ['a comparison in code', '    if args.zero_stage == 3:', 'zero-stage', () => true],
  [
    "Accelerate's warning that the flag is for stage 3 only",
    'DeepSpeed Zero3 Init flag is only applicable for ZeRO Stage 3. Setting it to False.',
    'zero-stage',
    () => true,
  ],
  ['optimizer shards, which every stage writes', 'zero_pp_rank_0_mp_rank_00_optim_states.pt', 'zero-stage', () => true],
  [
    'the version of Python in a path',
    '  File "/opt/conda/lib/python3.10/site-packages/torch/nn/modules/module.py", line 2153, in load_state_dict',
    'version',
    () => true,
  ],
  ['a version in the name of a folder', '/opt/deepspeed-0.16.4/deepspeed/runtime/config_utils.py:100: UserWarning', 'version', () => true],
  ['the version that saved a configuration', '  "transformers_version": "4.31.0",', 'version', () => true],
  ['the version that a package wants', 'peft 0.5 requires torch==2.0.0, but you have torch 2.1.2', 'version', () => true],
  ['evaluation as part of a training', "{'eval_loss': 0.3, 'eval_runtime': 1.2}", 'phase', () => true],
  ['a training script that may do anything', '  File "/workspace/run/train.py", line 217, in <module>', 'phase', () => true],
  ['resuming switched off', 'train.py --resume_from_checkpoint None', 'phase', () => true],
  [
    'an empty fsdp of TrainingArguments',
    "fsdp=[], fsdp_config={'min_num_params': 0, 'xla': False}, fsdp_min_num_params=0,",
    'sharding-library',
    () => true,
  ],
  [
    'the import of DeepSpeed',
    'Setting ds_accelerator to cuda (auto detect)',
    'sharding-library',
    (clue) => clue.kind === 'sharding-library' && clue.strength !== 'weak',
  ],
  ["a model's name", 'Loading checkpoint /models/llava-v1.5-7b', 'project', () => true],
  ['advice to load less strictly', 'You may set strict=False to skip them', 'option', () => true],
  ["the library's own advice", 'consider ignore_mismatched_sizes=True', 'option', () => true],
  ['torchrun as a word', 'Consider torchrun for new jobs', 'command-line', () => true],
  ['Python as a word', 'python 3.10 is required to run x.py', 'command-line', () => true],
];

describe('near misses', () => {
  it.each(NEAR_MISSES)('%s', (_, text, kind, forbidden) => {
    expect(cluesIn(text).filter((clue) => clue.kind === kind && forbidden(clue))).toEqual([]);
  });

  it('code of an installed package tells nothing about the run', () => {
    const code = '    load_result = model.load_state_dict(weights, strict=False)';
    const frame = (file: string) => `  File "${file}", line 614, in load`;
    const options = (text: string) => cluesIn(text).filter(({ kind }) => kind === 'option');
    expect(options(`${frame('/opt/conda/lib/python3.10/site-packages/peft/save_and_load.py')}\n${code}`)).toEqual([]);
    expect(options(`${frame('/home/user/project/load.py')}\n${code}`)).toMatchObject([{ name: 'strict', value: 'False' }]);
  });
});
