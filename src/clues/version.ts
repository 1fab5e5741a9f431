import { type ClueFact, type CluePattern, type ClueSource, cluePattern, told } from './clue-pattern.js';

const NUMBER = String.raw`\d{1,4}\.\d[\w.]{0,30}?(?:\+[\w.]{1,30})?`;
const END = String.raw`(?![\w.]*\w)`;

/** Libraries whose version decides an advice, by the names that dumps and package lists give them; a map, for a log may name `constructor`. */
const LIBRARIES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    torch: 'torch',
    pytorch: 'torch',
    transformers: 'transformers',
    deepspeed: 'deepspeed',
    peft: 'peft',
    accelerate: 'accelerate',
    diffusers: 'diffusers',
    timm: 'timm',
    safetensors: 'safetensors',
    bitsandbytes: 'bitsandbytes',
    trl: 'trl',
    lightning: 'lightning',
    'pytorch-lightning': 'lightning',
    mmengine: 'mmengine',
    mmcv: 'mmcv',
    detectron2: 'detectron2',
    vllm: 'vllm',
    fairscale: 'fairscale',
    'megatron-core': 'megatron-core',
    'open-clip-torch': 'open_clip',
    python: 'python',
  }),
);

/** Names under which package lists and dumps print them. */
const LISTED = [
  'torch',
  'transformers',
  'deepspeed',
  'peft',
  'accelerate',
  'diffusers',
  'timm',
  'bitsandbytes',
  'trl',
  'pytorch-lightning',
  'lightning',
  'mmengine',
  'mmcv',
  'vllm',
];

/**
 * Versions of the libraries that ran. A path holds the version of Python at most, a `transformers_version` in a config.json is that of
 * whoever saved it, and `created by deepspeed==…` that of the checkpoint: none of them is read.
 */
export const versions: ClueSource = {
  name: 'version',
  patterns: [
    ...['version', 'Version'].map(environment),
    cluePattern(
      'env-command-torch', // transformers-cli env
      'PyTorch version (',
      () => new RegExp(String.raw`PyTorch version \([^)\n]{1,20}\): (?<version>${NUMBER})${END}`),
      (fields) => version('torch', fields.text('version')),
      [told('- PyTorch version (GPU?): 2.1.2+cu121 (True)', is('torch', '2.1.2+cu121'))],
    ),
    cluePattern(
      'ds-report', // deepspeed/env_report.py
      ' version ..',
      () => new RegExp(String.raw`^\s{0,4}(?<library>torch|deepspeed) version \.{2,60} (?<version>${NUMBER})${END}`),
      (fields) => version(fields.text('library'), fields.text('version')),
      [told('torch version .................... 2.1.2+cu121', is('torch', '2.1.2+cu121'))],
    ),
    cluePattern(
      'ds-report-own', // deepspeed/env_report.py
      'deepspeed info ..',
      () => new RegExp(String.raw`deepspeed info \.{2,60} (?<version>${NUMBER}),`),
      (fields) => version('deepspeed', fields.text('version')),
      [told('deepspeed info ................... 0.12.6, unknown, unknown', is('deepspeed', '0.12.6'))],
    ),
    cluePattern(
      'deepspeed-engine', // deepspeed/__init__.py
      'DeepSpeed info',
      () => new RegExp(`DeepSpeed info: version=(?<version>${NUMBER})[,+]`),
      (fields) => version('deepspeed', fields.text('version')),
      [
        told('[Rank 0] DeepSpeed info: version=0.9.2, git-hash=unknown, git-branch=unknown', is('deepspeed', '0.9.2')),
        told('[Rank 0] DeepSpeed info: version=0.0.0, git-hash=[none], git-branch=[none]'),
      ],
    ),
    cluePattern(
      'ultralytics', // ultralytics/utils/checks.py and YOLOv5's utils/torch_utils.py, select_device
      ' torch-',
      () => new RegExp(String.raw`Python-(?<python>\d[\d.]{1,8}\d) torch-(?<version>${NUMBER})${END}`),
      (fields) => [...version('python', fields.text('python')), ...version('torch', fields.text('version'))],
      [told('Ultralytics YOLOv8.0.20 🚀 Python-3.9.16 torch-1.13.1+cu117 CUDA:0', is('python', '3.9.16'), is('torch', '1.13.1+cu117'))],
    ),
    cluePattern(
      'unsloth', // unsloth/models/llama.py
      'Fast ',
      () => new RegExp(String.raw`Unsloth [^\n]{1,80}Transformers ?[:=] ?(?<version>${NUMBER})\.?(?:\s|$)`),
      (fields) => version('transformers', fields.text('version')),
      [told('==((====))==  Unsloth 2024.8: Fast Llama patching. Transformers = 4.43.3.', is('transformers', '4.43.3'))],
    ),
    cluePattern(
      'lightning-migration', // lightning/pytorch/utilities/migration/utils.py: the second one is that of the run
      'automatically upgraded your loaded checkpoint',
      () => new RegExp(String.raw`automatically upgraded your loaded checkpoint from v\S{1,30} to v(?<version>${NUMBER})\.?(?:\s|$)`),
      (fields) => version('lightning', fields.text('version')),
      [told('Lightning automatically upgraded your loaded checkpoint from v1.9.5 to v2.0.4. To apply', is('lightning', '2.0.4'))],
    ),
    cluePattern(
      'vllm-engine', // vllm/engine/llm_engine.py, vllm/v1/engine/core.py
      ' LLM engine (v',
      () => new RegExp(String.raw`LLM engine \(v(?<version>${NUMBER})\)`),
      (fields) => version('vllm', fields.text('version')),
      [
        told(
          'INFO 06-24 11:39:09 [core.py:58] Initializing a V1 LLM engine (v0.8.5.post1) with config: model=x',
          is('vllm', '0.8.5.post1'),
        ),
      ],
    ),
    cluePattern(
      'vllm-server', // vllm/entrypoints/openai/api_server.py
      'API server version',
      () => new RegExp(`vLLM API server version (?<version>${NUMBER})${END}`),
      (fields) => version('vllm', fields.text('version')),
      [told('INFO 06-24 11:39:09 api_server.py:585] vLLM API server version 0.6.3', is('vllm', '0.6.3'))],
    ),
    cluePattern(
      'mmengine', // mmengine/utils/dl_utils/collect_env.py, mmcv/utils/env.py
      'PyTorch: ',
      () => new RegExp(String.raw`^\s{0,8}PyTorch: (?<version>${NUMBER})\s*$`),
      (fields) => version('torch', fields.text('version')),
      [told('    PyTorch: 1.12.1+cu113', is('torch', '1.12.1+cu113'))],
    ),
    ...['MMEngine', 'MMCV'].map((name) =>
      cluePattern(
        `openmmlab-${name.toLowerCase()}`,
        `${name}: `,
        () => new RegExp(String.raw`^\s{0,8}${name}: (?<version>${NUMBER})\s*$`),
        (fields) => version(name, fields.text('version')),
        [told(`    ${name}: 1.7.0`, is(name.toLowerCase(), '1.7.0'))],
      ),
    ),
    ...LISTED.flatMap((name) => [frozen(name), dumped(name)]),
    ...['torch', 'transformers', 'deepspeed', 'peft', 'accelerate', 'diffusers'].map(column),
  ],
};

/** transformers-cli env, accelerate env, diffusers-cli env, and bug reports made of them. */
function environment(word: string): CluePattern {
  return cluePattern(
    `environment-${word}`,
    ` ${word}: `,
    () =>
      new RegExp(
        String.raw`(?:^|[-*\u2022\s])(?:\x60|\*\*)?(?:\ud83e\udd17 )?(?<library>[A-Za-z][\w-]{2,30})(?:\x60|\*\*)? ${word}: v?(?<version>${NUMBER})${END}`,
        'u',
      ),
    (fields) => version(fields.text('library'), fields.text('version')),
    [
      told(`- \`transformers\` ${word}: 4.41.0.dev0`, is('transformers', '4.41.0.dev0')),
      told(`- Accelerate ${word}: 0.21.0`, is('accelerate', '0.21.0')),
      told(`- 🤗 Diffusers ${word}: 0.27.0`, is('diffusers', '0.27.0')),
      told(`PyTorch ${word}: 2.1.2+cu121`, is('torch', '2.1.2+cu121')),
      told(`Checkpoint ${word}: 2.0`),
    ],
  );
}

/** pip freeze, requirements, `[pip3]` of torch.utils.collect_env; a sentence about a requirement is no list. */
function frozen(name: string): CluePattern {
  return cluePattern(
    `frozen-${name}`,
    `${name}==`,
    () => new RegExp(String.raw`^\s{0,4}(?:\[(?:pip3?|conda)\] |[-*] )?${name}==(?<version>${NUMBER})\s*(?:;[^\n]{0,100})?$`),
    (fields) => version(name, fields.text('version')),
    [
      told(`[pip3] ${name}==2.1.2`, is(nameOf(name), '2.1.2')),
      told(`${name}==0.13.1+cu113`, is(nameOf(name), '0.13.1+cu113')),
      told(`somepackage 1.0 requires ${name}==2.0.0, but you have ${name} 2.1.2 which is incompatible.`),
      told(`Parsing checkpoint created by ${name}==0.12.6`),
    ],
  );
}

/** axolotl's table of dependencies and many a script: name, colon, number, and nothing else on the line. */
function dumped(name: string): CluePattern {
  return cluePattern(
    `dumped-${name}`,
    `${name}: `,
    () => new RegExp(String.raw`^\s{0,24}(?:[-*] )?${name}: v?(?<version>${NUMBER})\s*$`),
    (fields) => version(name, fields.text('version')),
    [told(`  ${name}: 0.34.2         `, is(nameOf(name), '0.34.2'))],
  );
}

/** pip list, and what people write under "System Info": name, blanks, number, and nothing else on the line. */
function column(name: string): CluePattern {
  return cluePattern(
    `column-${name}`,
    `${name} `,
    () => new RegExp(String.raw`^\s{0,4}(?:[-*] )?${name}\s{1,60}v?(?<version>${NUMBER})\s*$`),
    (fields) => version(name, fields.text('version')),
    [told(`${name}                  2.1.2+cu121`, is(nameOf(name), '2.1.2+cu121')), told(`${name} 2.1.2 is too old`)],
  );
}

function nameOf(library: string): string {
  return LIBRARIES.get(library.toLowerCase()) ?? library;
}

/** Builds without version information call themselves 0.0.0. */
function version(library: string, number: string): readonly ClueFact[] {
  const name = LIBRARIES.get(library.toLowerCase());
  return name === undefined || /^0\.0\.0/.test(number) ? [] : [is(name, number.replace(/\.$/, ''))];
}

function is(library: string, number: string): ClueFact {
  return { kind: 'version', library, version: number };
}
