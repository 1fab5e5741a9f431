/** The table of what must go and what must stay, one row a form. */
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/model/report.js';
import { redactReport } from '../../src/reports/redact.js';
import { emptyReport, fullReport, hostileReport, mismatch, reportOf, zero3Failure } from './report-builder.js';

const place = { source: 'a.log', line: 1 };
const reportWith = (text: string): Report => ({ ...emptyReport, unclaimed: [{ text, at: place }] });
const mask = (text: string): string => redactReport(reportWith(text)).unclaimed[0]?.text ?? '';

/** Put together here, so that no scanner of repositories takes a test for a leak. */
const letters = (count: number): string => 'aB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW0xY'.repeat(8).slice(0, count);
const hex = (count: number): string => '0123456789abcdef'.repeat(8).slice(0, count);

const MASKED: readonly (readonly [what: string, text: string, expected: string])[] = [
  ['a Hugging Face token', `token=hf_${letters(34)} ok`, 'token=<secret:hf:1> ok'],
  ['a Hugging Face organisation token', `api_org_${letters(34)}`, '<secret:hf:1>'],
  ['an OpenAI key', `using sk-${letters(48)}`, 'using <secret:openai:1>'],
  ['an OpenAI project key', `sk-proj-${letters(20)}_${letters(20)}-x`, '<secret:openai:1>'],
  ['an Anthropic key', `sk-ant-api03-${letters(60)}`, '<secret:anthropic:1>'],
  ['a GitHub token', `ghp_${letters(36)}`, '<secret:github:1>'],
  ['a fine-grained GitHub token', `github_pat_${letters(22)}_${letters(59)}`, '<secret:github:1>'],
  ['a GitLab token', `glpat-${letters(20)}`, '<secret:gitlab:1>'],
  ['an AWS key id', `id AKIA${'ABCDEFGHIJKLMNOP'}`, 'id <secret:aws:1>'],
  ['an AWS secret by its name', `AWS_SECRET_ACCESS_KEY=${letters(40)}`, 'AWS_SECRET_ACCESS_KEY=<secret:named:1>'],
  ['a Slack token', `xoxb-${'123456789012'}-${letters(24)}`, '<secret:slack:1>'],
  [
    'a Slack web hook',
    `https://hooks.slack.com/services/T00000000/B00000000/${letters(24)}`,
    'https://hooks.slack.com/services/<secret:slack:1>',
  ],
  ['a W&B key by its variable', `WANDB_API_KEY=${hex(40)}`, 'WANDB_API_KEY=<secret:wandb:1>'],
  ['a W&B key behind its command', `wandb login --relogin ${hex(40)}`, 'wandb login --relogin <secret:wandb:1>'],
  [
    'a private key over several lines',
    `-----BEGIN RSA PRIVATE KEY-----\n${letters(64)}\n-----END RSA PRIVATE KEY-----\nnext`,
    '<secret:private-key:1>\nnext',
  ],
  ['a private key that the log cuts', `x -----BEGIN OPENSSH PRIVATE KEY-----\n${letters(64)}`, 'x <secret:private-key:1>'],
  ['credentials in an address', 'https://alice:pa55word@git.example.org/x', 'https://<secret:url:1>@git.example.org/x'],
  ['a token in an address', `https://${letters(20)}@git.example.org/x`, 'https://<secret:url:1>@git.example.org/x'],
  [
    'a signed address',
    'https://b.example.org/m.pt?X-Amz-Signature=abcdef0123456789&x=1',
    'https://b.example.org/m.pt?X-Amz-Signature=<secret:url:1>&x=1',
  ],
  ['a bearer header', `Authorization: Bearer ${letters(32)}`, 'Authorization: Bearer <secret:bearer:1>'],
  ['a variable that ends in KEY', 'export MY_API_KEY="abcd1234"', 'export MY_API_KEY="<secret:named:1>"'],
  ['a variable that ends in TOKEN', "os.environ['HF_TOKEN'] = 'abcdefgh'", "os.environ['HF_TOKEN'] = '<secret:named:1>'"],
  ['an argument in Python', "login(api_key='abcd1234')", "login(api_key='<secret:named:1>')"],
  ['an option of a command', 'train.py --hub_token abcd1234 --lr 1', 'train.py --hub_token <secret:named:1> --lr 1'],
  ['an option in a printed list', "['--wandb_api_key', 'abcd1234']", "['--wandb_api_key', '<secret:named:1>']"],
  ['a field of JSON', '{"password": "hunter22"}', '{"password": "<secret:named:1>"}'],
  ['an e-mail address', 'mail alice.b@example.org now', 'mail <email:1> now'],
  ['a user in a home path', '/home/alice/run/train.py', '/home/<user:1>/run/train.py'],
  ['a user on a Mac', 'File "/Users/alice/x.py"', 'File "/Users/<user:1>/x.py"'],
  ['a user on Windows', 'C:\\Users\\alice\\x.py', 'C:\\Users\\<user:1>\\x.py'],
  ['a user in a Python string on Windows', "'C:\\\\Users\\\\alice\\\\x.py'", "'C:\\\\Users\\\\<user:1>\\\\x.py'"],
  ['a user below a mount', '/mnt/nfs/home/alice/x.pt', '/mnt/nfs/home/<user:1>/x.pt'],
  ['an address with a port', 'connect 10.1.2.3:29500 refused', 'connect <ip:1>:29500 refused'],
  ['an address of a launcher', '--master_addr=192.168.0.7', '--master_addr=<ip:1>'],
  ['an address of the sixth version', 'bind fe80::1c2d:3e4f:5a6b:7c8d done', 'bind <ip:1> done'],
  ['a host of a launcher', '--master_addr gpu-node-01.cluster', '--master_addr <host:1>'],
  ['a host in the environment', 'MASTER_ADDR=node17', 'MASTER_ADDR=<host:1>'],
  ['a rendezvous', '--rdzv_endpoint=node17:29400', '--rdzv_endpoint=<host:1>:29400'],
  ['hosts in base64', '--world_info=eyJ3b3JrZXItMCI6IFswXX0= --x', '--world_info=<host:1> --x'],
  ['a host of AWS', 'on ip-10-0-3-7.ec2.internal now', 'on <host:1> now'],
  ['a host inside a company', 'from trainer-3.ml.corp failed', 'from <host:1> failed'],
];

const KEPT: readonly (readonly [what: string, text: string])[] = [
  ['names of functions that begin like a token', 'hf_hub_download hf_model_weights_from_checkpoint'],
  ['a git commit', `commit ${hex(40)}`],
  ['a hash of a file', `sha256 ${hex(64)}`],
  [
    'parameters that are called token or key',
    'size mismatch for model.cls_token: copying; pad_token=<pad>, eos_token="</s>", mask_token=[MASK]',
  ],
  ['counts of tokens', 'max_tokens=4096 num_tokens: 32000 tokens=128 use_auth_token=None'],
  ['a tokenizer', 'tokenizer=AutoTokenizer, special_tokens_map=tokens.json'],
  ['keys of attention', 'key=encoder.layers.0.weight, key_states: 3, attn.key.weight=[1, 2]'],
  ['switches', 'push_to_hub_token=None --token False api_key=True'],
  ['a version of four numbers', 'nvidia-cublas-cu12==12.1.3.1, curand 10.3.2.106, cuDNN 8.9.2.26, v1.2.3.4, nccl-2.18.5.1'],
  ['the machine itself', 'localhost 127.0.0.1:29500 0.0.0.0 MASTER_ADDR=localhost'],
  ['layer numbers', 'blocks.1.2.3.4.weight and layers.10.0.0.1.bias'],
  ['a time', '12:34:56 2024-03-09 10:20:30,123 1:2:3'],
  ['accounts of images', '/home/ubuntu/x /Users/runner/y /root/z'],
  ['git addresses', 'git@github.com:org/repo.git https://github.com/org/repo'],
  ['package at version', 'torch@2.1.0 model@main'],
  ['a shape and a dtype', 'torch.Size([96, 3, 4, 4]) torch.float16'],
  ['a word with sk-', 'task-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa disk-usage sk-learn'],
  ['a module of Python', 'self.internal.x torch.distributed.elastic.multiprocessing._internal foo.local(x)'],
  ['home as a word', 'the home/away split of /data/home'],
];

describe('masked', () => {
  test.each(MASKED)('%s', (_, text, expected) => {
    expect(mask(text)).toBe(expected);
  });

  test.each(MASKED)('%s: masking twice changes nothing more', (_, text) => {
    expect(mask(mask(text))).toBe(mask(text));
  });
});

describe('kept', () => {
  test.each(KEPT)('%s', (_, text) => {
    expect(mask(text)).toBe(text);
  });
});

test('the same value has the same placeholder wherever it stands, another value another', () => {
  const report = redactReport({
    ...reportWith('/home/alice/a /home/bob/b /home/alice/c'),
    sources: [{ name: '/home/bob/run.log', bytes: 1, lines: 1 }],
  });
  expect(report.sources[0]?.name).toBe('/home/<user:1>/run.log');
  expect(report.unclaimed[0]?.text).toBe('/home/<user:2>/a /home/<user:1>/b /home/<user:2>/c');
});

test('what was masked is counted: kinds, distinct values, places', () => {
  const report = redactReport(reportWith('/home/alice/a /home/bob/b /home/alice/c x@example.org'));
  expect(report.redactions).toEqual([
    { kind: 'email', distinct: 1, occurrences: 1 },
    { kind: 'user', distinct: 2, occurrences: 3 },
  ]);
});

test('nothing to mask leaves the report as it is', () => {
  expect(redactReport(reportWith('plain'))).toEqual(reportWith('plain'));
});

test('a masked report masked again is the same, its count too', () => {
  for (const report of [fullReport, hostileReport(), reportWith('/home/alice/a')]) {
    const once = redactReport(report);
    expect(redactReport(once)).toEqual(once);
  }
});

test('a placeholder that the log already holds is not given to another value', () => {
  expect(mask('<user:1> and /home/alice/x')).toBe('<user:1> and /home/<user:2>/x');
});

test('names of parameters, shapes, classes and versions are never masked, whatever they look like', () => {
  const name = 'home.10.0.0.1.alice@example.org';
  const failure = zero3Failure([1], {
    modelClass: name,
    mismatches: [mismatch(name, [10, 0, 0, 1], [0], 1)],
    missingKeys: [name],
    unexpectedKeys: [name],
    unexplained: [name],
  });
  const report = reportOf([failure], { clues: [{ kind: 'version', library: 'x', version: '10.0.0.1', at: place, text: '' }] });
  const masked = redactReport(report);
  const [after] = masked.failures;
  expect(after?.mismatches).toEqual(failure.mismatches);
  expect([after?.modelClass, after?.missingKeys, after?.unexpectedKeys, after?.unexplained]).toEqual([name, [name], [name], [name]]);
  expect(masked.clues[0]).toMatchObject({ version: '10.0.0.1' });
});

test('the path of the code that asked for the load loses the user and nothing else', () => {
  expect(redactReport(reportOf([zero3Failure()])).failures[0]?.origin?.file).toBe(
    '/home/<user:1>/LLaVA/llava/model/multimodal_encoder/clip_encoder.py',
  );
});

test('a very long line takes no longer than its length', () => {
  const started = performance.now();
  mask(`${'a.b-c_d=1:'.repeat(20_000)} ${'key_'.repeat(20_000)} ${'1.'.repeat(20_000)}`);
  expect(performance.now() - started).toBeLessThan(2_000);
});
