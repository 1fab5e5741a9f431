/** Reports as the analysis makes them, without running it: what a renderer must be able to tell. */
import type { Clue } from '../../src/model/clue.js';
import { CAUSE_IDS } from '../../src/model/diagnosis.js';
import type { LayerFamily, LayerGroup, Mismatch } from '../../src/model/failure.js';
import type { Report, ReportedDiagnosis, ReportedFailure } from '../../src/model/report.js';
import { formatShape, type Shape } from '../../src/model/shape.js';

const SOURCE = 'logs/finetune_lora.log';

export function at(line: number, source = SOURCE) {
  return { source, line };
}

/** The parameters of a Swin-tiny tower in the order of its state dict: 53 + 24 per layer … with the shapes that its checkpoint has. */
export function swinParameters(depths: readonly number[] = [2, 2, 6, 2], width = 96): readonly (readonly [name: string, shape: Shape])[] {
  const list: [string, Shape][] = [
    ['model.embeddings.patch_embeddings.projection.weight', [width, 3, 4, 4]],
    ['model.embeddings.patch_embeddings.projection.bias', [width]],
    ['model.embeddings.norm.weight', [width]],
    ['model.embeddings.norm.bias', [width]],
  ];
  depths.forEach((depth, stage) => {
    const d = width * 2 ** stage;
    for (let block = 0; block < depth; block += 1) {
      const prefix = `model.encoder.layers.${stage}.blocks.${block}`;
      for (const part of ['query', 'key', 'value'])
        list.push([`${prefix}.attention.self.${part}.weight`, [d, d]], [`${prefix}.attention.self.${part}.bias`, [d]]);
      list.push([`${prefix}.attention.self.relative_position_bias_table`, [169, 3 * 2 ** stage]]);
      list.push([`${prefix}.layernorm_before.weight`, [d]], [`${prefix}.layernorm_before.bias`, [d]]);
      list.push([`${prefix}.intermediate.dense.weight`, [4 * d, d]], [`${prefix}.intermediate.dense.bias`, [4 * d]]);
      list.push([`${prefix}.output.dense.weight`, [d, 4 * d]], [`${prefix}.output.dense.bias`, [d]]);
    }
    if (stage < depths.length - 1) list.push([`model.encoder.layers.${stage}.downsample.reduction.weight`, [2 * d, 4 * d]]);
  });
  return list;
}

export function mismatch(parameter: string, checkpointShape: Shape, modelShape: Shape, line: number): Mismatch {
  return { parameter, checkpointShape, modelShape, dialect: 'torch', at: at(line) };
}

function spread(numbers: readonly number[]): string {
  const distinct = [...new Set(numbers)].sort((a, b) => a - b);
  return distinct.length === 1 ? String(distinct[0]) : `{${distinct[0]}-${distinct.at(-1)}}`;
}

function patternOf(names: readonly string[]): string {
  const parts = names.map((name) => name.split('.'));
  return (parts[0] ?? [])
    .map((part, index) => {
      const column = parts.map((other) => other[index] ?? '');
      if (column.every((value) => /^\d+$/.test(value))) return spread(column.map(Number));
      return new Set(column).size === 1 ? part : `{${[...new Set(column)].join(',')}}`;
    })
    .join('.');
}

function bucketBy(mismatches: readonly Mismatch[], keyOf: (mismatch: Mismatch) => string): readonly (readonly number[])[] {
  const buckets = new Map<string, number[]>();
  mismatches.forEach((item, position) => {
    const key = keyOf(item);
    buckets.set(key, [...(buckets.get(key) ?? []), position]);
  });
  return [...buckets.values()];
}

const kindOf = (name: string): string => name.replace(/\d+/g, '*').replace(/query|key|value/, 'qkv');

export function groupsOf(mismatches: readonly Mismatch[]): readonly LayerGroup[] {
  const keyOf = (item: Mismatch): string =>
    `${kindOf(item.parameter ?? '')} ${formatShape(item.checkpointShape)} ${formatShape(item.modelShape)}`;
  return bucketBy(mismatches, keyOf).map((members) => {
    const names = members.map((position) => mismatches[position]?.parameter ?? '');
    const first = mismatches[members[0] ?? 0];
    const layers = [...new Set(names.flatMap((name) => (/\.(\d+)\./.exec(name) ?? []).slice(1).map(Number)))];
    return {
      pattern: patternOf(names),
      layers,
      checkpointShape: first?.checkpointShape ?? [],
      modelShape: first?.modelShape ?? [],
      count: members.length,
      members,
    };
  });
}

export function familiesOf(mismatches: readonly Mismatch[]): readonly LayerFamily[] {
  return bucketBy(mismatches, (item) => kindOf(item.parameter ?? '')).map((members) => {
    const items = members.flatMap((position) => mismatches[position] ?? []);
    const pairs = new Map(items.map((item) => [`${formatShape(item.checkpointShape)}${formatShape(item.modelShape)}`, item]));
    return {
      pattern: patternOf(items.map((item) => item.parameter ?? '')),
      count: members.length,
      shapes: [...pairs.values()].slice(0, 3).map(({ checkpointShape, modelShape }) => ({ checkpointShape, modelShape })),
      shapePairs: pairs.size,
    };
  });
}

export function explains(mismatches: number, of = mismatches): ReportedDiagnosis['explains'] {
  return { mismatches, of, missingKeys: 0, ofMissingKeys: 0, unexpectedKeys: 0, ofUnexpectedKeys: 0 };
}

export function failureOf(fields: Partial<ReportedFailure> & Pick<ReportedFailure, 'verdict'>): ReportedFailure {
  const mismatches = fields.mismatches ?? [];
  return {
    id: 'a1b2c3d4e5f60718',
    severity: 'error',
    at: at(23),
    ranks: [],
    printed: 1,
    complete: true,
    incompleteReasons: [],
    missingKeys: [],
    unexpectedKeys: [],
    notices: [],
    groups: groupsOf(mismatches),
    families: familiesOf(mismatches),
    diagnoses: [],
    declined: [],
    unexplained: [],
    ...fields,
    mismatches,
  };
}

export function reportOf(failures: readonly ReportedFailure[], fields: Partial<Report> = {}): Report {
  return {
    schemaVersion: 1,
    tool: { name: 'ckpt-doctor', version: '0.1.0' },
    sources: [{ name: SOURCE, bytes: 48_211, lines: 412 }],
    unreadable: [],
    failures,
    clues: [],
    unclaimed: [],
    ...fields,
  };
}

export const zero3Clues: readonly Clue[] = [
  { kind: 'launcher', name: 'deepspeed', at: at(2), text: '[runner.py:571:main] cmd = …' },
  {
    kind: 'command-line',
    command: 'python -u llava/train/train_mem.py --lora_enable True --deepspeed ./scripts/zero3.json',
    script: 'llava/train/train_mem.py',
    at: at(2),
    text: 'cmd = …',
  },
  { kind: 'world-size', size: 2, at: at(4), text: 'dist_world_size=2' },
  { kind: 'zero-stage', stage: 3, strength: 'medium', form: 'config file name', at: at(2), text: '--deepspeed ./scripts/zero3.json' },
  { kind: 'zero-init', parameters: 295, at: at(19), text: 'finished initializing model - num_params = 295' },
  { kind: 'version', library: 'deepspeed', version: '0.12.6', at: at(1), text: 'deepspeed 0.12.6' },
  { kind: 'version', library: 'transformers', version: '4.37.2', at: at(1), text: 'transformers 4.37.2' },
  { kind: 'phase', phase: 'lora', at: at(2), text: '--lora_enable True' },
];

export function zero3Diagnosis(count: number): ReportedDiagnosis {
  return {
    cause: 'zero3-partitioned-model',
    title:
      'DeepSpeed ZeRO-3 had already partitioned the model when the checkpoint was loaded into it, so every parameter stood there empty.',
    confidence: 'certain',
    harmless: false,
    explains: explains(count),
    evidence: [
      {
        statement: `All ${count} parameters have shape [0] in the model, whatever their shape in the checkpoint (1 to 4 dimensions)`,
        at: at(23),
      },
      { statement: 'Both ranks print the same list: that is how ZeRO-3 leaves a model, FSDP would leave each rank another one' },
      {
        statement: 'A second `zero.Init` block closed right before the traceback, so the vision tower was partitioned while it was built',
        at: at(19),
      },
      { statement: 'The run was started with `--deepspeed ./scripts/zero3.json`', at: at(2) },
      { statement: 'Pre-training passed because its script uses zero2.json; the configuration differs, not LoRA' },
    ],
    remedies: [
      {
        title: 'Run this stage with ZeRO-2',
        text: 'The 16-bit weights then stay whole on every GPU and the load works as it is. LLaVA ships the file.',
        snippet: { language: 'bash', code: 'deepspeed llava/train/train_mem.py --deepspeed ./scripts/zero2.json …' },
        cost: 'about 2 bytes per parameter on every GPU: 14 GB for a 7B model.',
      },
      {
        title: 'Gather the parameters around the load',
        text: 'On every rank, or the processes wait for each other for ever. `modifier_rank=0` is what writes the weights back.',
        snippet: {
          language: 'python',
          code: 'with deepspeed.zero.GatheredParameters(list(self.parameters()), modifier_rank=0):\n    if torch.distributed.get_rank() == 0:\n        self.load_state_dict(state_dict, strict=False)',
        },
        cost: 'the whole tower must fit on each GPU for a moment.',
      },
      { title: 'Let from_pretrained load the weights', text: 'It gathers by itself under ZeRO-3.' },
    ],
    doesNotHelp: [
      { advice: '`strict=False`', reason: 'it waives missing and unexpected keys, never shapes' },
      { advice: '`assign=True`', reason: 'shapes are compared first' },
      { advice: '`ignore_mismatched_sizes=True`', reason: `it would start ${count} parameters from random values` },
    ],
    afterwards: [
      'Check that the hidden size of the tower fits the projector: the [0] hides whether it does, so a second mismatch may surface.',
    ],
  };
}

/** The main job: LLaVA with another vision tower, LoRA, two ranks. */
export function zero3Failure(depths: readonly number[] = [2, 2, 6, 2], fields: Partial<ReportedFailure> = {}): ReportedFailure {
  const mismatches = swinParameters(depths).map(([name, shape], index) => mismatch(name, shape, [0], 24 + index));
  const diagnosis = zero3Diagnosis(mismatches.length);
  return failureOf({
    modelClass: 'MedCLIPVisionModelViT',
    ranks: [0, 1],
    printed: 2,
    verdict: {
      kind: 'diagnosed',
      sentence: diagnosis.title,
      restart: 'Running it again cannot help: the model is partitioned the same way each time.',
      wouldDecide: [],
    },
    mismatches,
    origin: { file: '/home/alice/LLaVA/llava/model/multimodal_encoder/clip_encoder.py', line: 27, function: 'load_model' },
    diagnoses: [diagnosis],
    declined: [
      { cause: 'fsdp-sharded', reason: 'both ranks print the same shapes' },
      { cause: 'empty-layer-config', reason: 'every shape is [0] with one dimension, not [0, n]' },
    ],
    ...fields,
  });
}

export function fsdpFailure(): ReportedFailure {
  const mismatches: readonly Mismatch[] = [
    { ...mismatch('layers.0.mlp.fc1.weight', [4096, 1024], [2097152], 40), ranks: [0] },
    { ...mismatch('layers.0.mlp.fc1.weight', [4096, 1024], [2097151], 90), ranks: [1] },
    { ...mismatch('layers.0.mlp.fc2.weight', [1024, 4096], [0], 41), ranks: [0] },
    { ...mismatch('layers.0.mlp.fc2.weight', [1024, 4096], [4194304], 91), ranks: [1] },
  ];
  const title = 'The checkpoint was loaded into a module that FSDP had already flattened: each rank holds a slice, not the parameter.';
  return failureOf({
    id: 'fsdp000000000001',
    modelClass: 'TransformerBlock',
    at: at(39),
    ranks: [0, 1],
    printed: 2,
    mismatches,
    verdict: {
      kind: 'diagnosed',
      sentence: title,
      restart: 'Running it again cannot help.',
      wouldDecide: [{ question: 'Which FSDP version wraps the model?', command: 'grep -n fsdp_version accelerate.yaml' }],
    },
    diagnoses: [
      {
        cause: 'fsdp-sharded',
        title,
        confidence: 'likely',
        harmless: false,
        explains: explains(4),
        evidence: [{ statement: 'The two ranks print other shapes for the same parameter, all of one dimension', at: at(40) }],
        remedies: [{ title: 'Load into the root module', text: 'Call `load_state_dict` on the FSDP root, inside `FSDP.state_dict_type`.' }],
        doesNotHelp: [],
        afterwards: [],
      },
      {
        cause: 'zero3-partitioned-model',
        title: 'ZeRO-3 leaves `[0]` on the model side.',
        confidence: 'possible',
        harmless: false,
        explains: explains(1, 4),
        evidence: [{ statement: 'One shape is [0]', at: at(41) }],
        remedies: [],
        doesNotHelp: [],
        afterwards: [],
      },
    ],
  });
}

export function unknownFailure(): ReportedFailure {
  return failureOf({
    id: 'unknown000000001',
    at: at(7, 'logs/other.log'),
    complete: false,
    incompleteReasons: ['first-only'],
    mismatches: [{ checkpointShape: [512, 3], modelShape: [640, 3], dialect: 'accelerate', at: at(7, 'logs/other.log') }],
    missingKeys: ['head.weight', 'head.bias'],
    unexpectedKeys: ['fc.weight', 'fc.bias', 'ema.decay', 'ema.updates'],
    verdict: {
      kind: 'unknown',
      sentence: 'No known cause fits: one shape differs, and the loader stopped there.',
      restart: '',
      wouldDecide: [
        {
          question: 'Which configuration was the checkpoint saved with?',
          command: "python -c \"import torch; print(torch.load('model.pt')['config'])\"",
        },
        { question: 'What are the other parameters like?' },
      ],
    },
    notices: [{ topic: 'partial-transfer', values: { loaded: 12, total: 145 }, dialect: 'timm', at: at(9, 'logs/other.log') }],
    declined: [{ cause: 'classifier-head', reason: 'the parameter is not in the last layer' }],
    unexplained: ['head.weight'],
  });
}

export function harmlessFailure(): ReportedFailure {
  const title = 'Nothing needs to be done: only a buffer that is computed anew is missing.';
  return failureOf({
    id: 'harmless00000001',
    severity: 'warning',
    at: at(12, 'logs/eval.log'),
    modelClass: 'BertModel',
    missingKeys: ['embeddings.position_ids'],
    verdict: { kind: 'harmless', sentence: title, restart: '', wouldDecide: [] },
    diagnoses: [
      {
        cause: 'untrained-buffers',
        title,
        confidence: 'certain',
        harmless: true,
        explains: { ...explains(0), missingKeys: 1, ofMissingKeys: 1 },
        evidence: [{ statement: '`embeddings.position_ids` counts positions and is not trained', at: at(12, 'logs/eval.log') }],
        remedies: [],
        doesNotHelp: [],
        afterwards: [],
      },
    ],
  });
}

export const emptyReport: Report = reportOf([]);

export const fullReport: Report = reportOf([zero3Failure(), fsdpFailure(), unknownFailure(), harmlessFailure()], {
  sources: [
    { name: SOURCE, bytes: 48_211, lines: 412 },
    { name: 'logs/other.log.gz', bytes: 1_000, lines: 9, compression: 'gzip', encoding: 'utf-8' },
    { name: 'logs/eval.log', bytes: 2_000, lines: 1 },
  ],
  unreadable: [{ name: 'logs/gone.log', reason: 'no such file' }],
  clues: zero3Clues,
  unclaimed: [{ text: 'ValueError: weights of layer 3 do not fit', at: at(300) }],
});

/** 560 mismatches, 8 ranks: what a large run prints. */
export function largeFailure(): ReportedFailure {
  const mismatches = Array.from({ length: 40 }, (_, layer) => layer).flatMap((layer) =>
    ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'].flatMap((part, index) => [
      mismatch(
        `base_model.model.model.layers.${layer}.self_attn.${part}.lora_A.default.weight`,
        [64, 5120 + index],
        [128, 5120 + index],
        100 + layer * 14 + index * 2,
      ),
      mismatch(
        `base_model.model.model.layers.${layer}.self_attn.${part}.lora_B.default.weight`,
        [5120 + index, 64],
        [5120 + index, 128],
        101 + layer * 14 + index * 2,
      ),
    ]),
  );
  return {
    ...zero3Failure(),
    mismatches,
    groups: groupsOf(mismatches),
    families: familiesOf(mismatches),
    ranks: [0, 1, 2, 3, 4, 5, 6, 7],
    printed: 8,
  };
}

/** Everything that a target might act upon, in every field that comes from the log. */
export const HOSTILE = [
  '\u001b[31mred\u001b]8;;http://evil.example\u0007link\u001b]8;;\u0007\u001b]0;title\u0007',
  '<script>alert(1)</script><img src=x onerror=alert(2)></details></summary></code></pre>',
  '```` ``` ` `` ~~~ $(touch /tmp/x) $x^2$ \\',
  '| a || b | \\| c',
  '@everyone @alice #123 owner/repo#5 GH-7 !12 https://evil.example/x [click](http://evil.example) ![i](http://evil.example/i.png) [~admin]',
  '{noformat} {code} {color:red} {{x}} h1. big *bold* _it_ -del- +ins+ ??cite?? ^sup^ !img.png! [l|http://evil.example]',
  '::error file=x,line=1::pwned %0A::set-output name=a::b',
  '\u202eevil\u2066\u200b\ufeff\u0000\u0008\u007f\u009b31m\u2028\ud83d half',
  '=cmd|calc ]]> &amp; &lt; <!-- --> <?pi ?> <![CDATA[ "quoted" \'single\'',
].join(' ');

export function hostileReport(text = HOSTILE): Report {
  const line = `${text}\n::error::second line\n</details>\n# heading\n- item\n/close\n| x |\n`;
  const name = `layer.0.${text}`;
  const mismatches = [mismatch(name, [2, 3], [0], 5), mismatch(`layer.1.${text}`, [2, 3], [0], 6)];
  const failure = zero3Failure([1], {
    modelClass: text,
    checkpoint: line,
    at: at(5, text),
    mismatches,
    groups: groupsOf(mismatches),
    families: familiesOf(mismatches),
    missingKeys: [text, line],
    unexpectedKeys: [text],
    incompleteReasons: [line],
    complete: false,
    notices: [{ topic: 'argument-differs', values: { [text]: line }, dialect: 'megatron', at: at(4, text) }],
    origin: { file: `/x/${text}`, line: 3, function: text },
    unexplained: [text],
    verdict: { kind: 'ambiguous', sentence: line, restart: line, wouldDecide: [{ question: line, command: line }] },
    diagnoses: [
      {
        ...zero3Diagnosis(2),
        title: line,
        evidence: [{ statement: line, at: at(5, text) }],
        remedies: [
          { title: line, text: line, snippet: { language: 'python', code: line }, cost: line },
          { title: line, text: line },
        ],
        doesNotHelp: [{ advice: line, reason: line }],
        afterwards: [line],
      },
    ],
    declined: [{ cause: 'fsdp-sharded', reason: line }],
  });
  return reportOf([failure, { ...unknownFailure(), id: 'other', verdict: failure.verdict }], {
    sources: [{ name: text, bytes: 1, lines: 1, compression: 'gzip', encoding: 'utf-16le' }],
    unreadable: [{ name: line, reason: line }],
    clues: [
      { kind: 'command-line', command: line, at: at(1, text), text: line },
      { kind: 'version', library: text, version: text, at: at(1, text), text: line },
      { kind: 'option', name: text, value: text, at: at(1, text), text: line },
    ],
    unclaimed: [{ text: line, at: at(9, text) }],
  });
}

/** What a cluster prints on a bad day: hundreds of failures, thousands of keys, a thousand ranks of which each sees another shape, many causes. */
export function floodedReport(): Report {
  const keys = Array.from({ length: 6000 }, (_, number) => `model.layers.${number % 80}.experts.${number % 64}.w${number}.weight`);
  const ranks = Array.from({ length: 1024 }, (_, rank) => rank);
  const byRank = ranks.map((rank): Mismatch => ({ ...mismatch('layers.0.mlp.weight', [4096, 1024], [4096 + rank], 40), ranks: [rank] }));
  const odd = ranks.filter((rank) => rank % 2 === 1).map((rank): Mismatch => mismatch(`odd.${rank}.weight`, [rank, 2], [0], 60 + rank));
  const causes = CAUSE_IDS.map((cause): ReportedDiagnosis => ({ ...zero3Diagnosis(2), cause }));
  const notices = Array.from({ length: 300 }, (_, value) => ({
    topic: 'argument-differs' as const,
    values: { argument: `--option-${value}`, value },
    dialect: 'megatron',
    at: at(value + 1),
  }));
  const many = Array.from({ length: 400 }, (_, number) =>
    zero3Failure([1], {
      id: `id${number}`,
      at: at(number + 1, `logs/rank-${number}.log`),
      ranks: ranks.filter((rank) => rank % 2 === number % 2),
    }),
  );
  const failures = [
    { ...fsdpFailure(), mismatches: byRank, groups: groupsOf(byRank), families: familiesOf(byRank), ranks, printed: 1024 },
    failureOf({
      ...unknownFailure(),
      id: 'keys',
      missingKeys: keys,
      unexpectedKeys: keys.map((key) => `module.${key}`),
      notices,
      unexplained: keys,
    }),
    { ...zero3Failure([1]), id: 'causes', diagnoses: causes },
    { ...zero3Failure([1]), id: 'odd', mismatches: odd, groups: groupsOf(odd), families: familiesOf(odd) },
    ...many,
  ];
  return reportOf(failures, {
    sources: many.map(({ at: { source } }) => ({ name: source, bytes: 10, lines: 10 })),
    unreadable: Array.from({ length: 300 }, (_, number) => ({ name: `gone-${number}.log`, reason: 'no such file or directory' })),
    clues: Array.from(
      { length: 900 },
      (_, number) => ({ kind: 'option', name: `o${number}`, value: 'x', at: at(number + 1), text: 'o' }) as const,
    ),
    unclaimed: Array.from({ length: 500 }, (_, number) => ({ text: `odd line ${number}`, at: at(number + 1) })),
  });
}
