import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { describe, expect, test, vi } from 'vitest';
import type { Report } from '../../src/model/report.js';
import { byteLength } from '../../src/reports/budget.js';
import { render } from './rendered.js';
import {
  emptyReport,
  fullReport,
  HOSTILE,
  harmlessFailure,
  hostileReport,
  largeFailure,
  reportOf,
  unknownFailure,
  zero3Clues,
  zero3Failure,
} from './report-builder.js';

/** The parser takes its time over large reports, and machines are busy. */
vi.setConfig({ testTimeout: 60_000 });

/** As GitHub reads it: raw HTML goes through, and what a reader sees is what remains of the page. */
function html(markdown: string): string {
  return micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });
}

const tagsOf = (page: string): ReadonlySet<string> =>
  new Set([...page.matchAll(/<([a-z][a-z0-9]*)/gi)].map(([, tag = '']) => tag.toLowerCase()));

/** The tags that the report itself makes. `input` would be a task list, `a` a link, `img` an image. */
const OWN_TAGS = new Set([
  'h2',
  'h3',
  'h4',
  'p',
  'ul',
  'ol',
  'li',
  'strong',
  'code',
  'pre',
  'table',
  'thead',
  'tbody',
  'tr',
  'th',
  'td',
  'br',
  'details',
  'summary',
  'sub',
  'blockquote',
]);

const count = (text: string, part: string): number => text.split(part).length - 1;

async function check(report: Report, options: { readonly maxSize?: number; readonly verbose?: boolean } = {}): Promise<string> {
  const markdown = await render('markdown', report, options);
  const page = html(markdown);
  expect([...tagsOf(page)].filter((tag) => !OWN_TAGS.has(tag))).toEqual([]);
  for (const tag of OWN_TAGS)
    if (tag !== 'br') expect([tag, count(page, `</${tag}>`)]).toEqual([tag, (page.match(new RegExp(`<${tag}[ >]`, 'g')) ?? []).length]);
  for (const [row] of page.matchAll(/<table>[\s\S]*?<\/table>/g)) {
    const columns = (row.match(/<th[ >]/g) ?? []).length;
    for (const [cells] of row.matchAll(/<tr>\n<td[\s\S]*?<\/tr>/g)) expect((cells.match(/<td[ >]/g) ?? []).length).toBe(columns);
  }
  return markdown;
}

const reports: readonly (readonly [string, Report])[] = [
  ['empty', emptyReport],
  ['full', fullReport],
  ['hostile', hostileReport()],
  ['large', reportOf([largeFailure()])],
  ['twenty failures', reportOf(Array.from({ length: 20 }, (_, number) => zero3Failure([1], { id: `id${number}` })))],
];

describe('a GFM parser finds the structure whole', () => {
  test.each(reports)('%s: every tag is ours and balanced, every row has all its cells', async (_, report) => {
    await check(report, { maxSize: 10_000_000 });
  });

  /** Each alone, so that one cannot hide another. */
  test.each(HOSTILE.split(' '))('hostile text %s', async (text) => {
    await check(hostileReport(text), { maxSize: 10_000_000 });
  });

  test.each([
    '\\|',
    '|',
    '||',
    '`|`',
    '``',
    '`',
    '\\',
    '</details>',
    '<!--',
    '| --- |',
    '[^1]',
    '[x]: http://a.example',
    '```\n</details>',
    '~~~',
    '    code',
    '***',
    '1) x',
    '- [ ] x',
  ])('a name or sentence that is %j', async (text) => {
    await check(hostileReport(text), { maxSize: 10_000_000 });
  });

  test('nobody is mentioned and nothing referred to, even after entities are read', async () => {
    const page = html(await render('markdown', hostileReport(), { maxSize: 10_000_000 }));
    const prose = page.replace(/<pre>[\s\S]*?<\/pre>|<code>[\s\S]*?<\/code>/g, '');
    expect(prose).not.toMatch(/@(?:everyone|alice)|#123|repo#5|GH-7|!12|https?:\/\//);
    expect(page).toContain('everyone');
  });

  test('no line begins a quick action of GitLab', async () => {
    const markdown = await render('markdown', hostileReport('/close'), { maxSize: 10_000_000 });
    const outside = markdown.replace(/^ *(`{3,})[^\n]*\n[\s\S]*?^ *\1$/gm, '');
    expect(outside).not.toMatch(/^\s*\/close/m);
  });
});

describe('what the reader of a ticket finds', () => {
  const markdown = (): Promise<string> => check(reportOf([zero3Failure()], { clues: zero3Clues }));

  test('the verdict stands before everything else', async () => {
    const [heading, , verdict] = (await markdown()).split('\n');
    expect(heading).toBe('## Checkpoint load failure: `zero3-partitioned-model` (certain)');
    expect(verdict).toMatch(/^\*\*DeepSpeed ZeRO-3 had already partitioned/);
  });

  test('sections follow in the order of use', async () => {
    const headings = [...(await markdown()).matchAll(/^### (.+)$/gm)].map(([, title]) => title);
    expect(headings).toEqual([
      'Evidence',
      'Layers',
      'What to do',
      'What does not help',
      'Afterwards',
      'To find the same fault elsewhere',
      'Environment seen in the log',
    ]);
  });

  test('all parameters and all groups are there, folded', async () => {
    const text = await check(fullReport, { maxSize: 10_000_000 });
    for (const failure of fullReport.failures) {
      for (const { parameter } of failure.mismatches) if (parameter !== undefined) expect(text).toContain(parameter);
      for (const { pattern } of failure.groups) expect(text).toContain(pattern);
      for (const key of [...failure.missingKeys, ...failure.unexpectedKeys]) expect(text).toContain(key);
      for (const { cause, reason } of failure.declined) expect(html(text).replace(/<[^>]+>/g, '')).toContain(`${cause}: ${reason}`);
    }
    expect(text).toContain('<summary>All 163 parameters in 43 groups</summary>');
  });

  test('snippets are fenced in their language and whole', async () => {
    const text = await markdown();
    expect(text).toContain(
      '   ```python\n   with deepspeed.zero.GatheredParameters(list(self.parameters()), modifier_rank=0):\n       if torch',
    );
    expect(html(text)).toContain('<pre><code class="language-python">with deepspeed');
  });

  test('the environment says what the log told and where', async () => {
    const text = await markdown();
    expect(text).toContain('| World size | `2` (`logs/finetune_lora.log:4`) |');
    expect(text).toContain('`deepspeed 0.12.6` (`logs/finetune_lora.log:1`)<br>`transformers 4.37.2`');
  });

  test('an unknown cause asks for what would decide, with the command that shows it', async () => {
    const text = await check(reportOf([unknownFailure()]));
    expect(text).toContain('### What the log does not tell and would decide');
    expect(text).toContain("print(torch.load('model.pt')['config'])");
    expect(text).toContain('lower bounds');
  });

  test('a harmless warning is not called a failure', async () => {
    expect(await check(reportOf([harmlessFailure()]))).toMatch(/^## Checkpoint load warning: `untrained-buffers` \(certain\)\n/);
  });

  test('fingerprint and search terms find the duplicate', async () => {
    const text = await markdown();
    expect(text).toContain('- Fingerprint: `a1b2c3d4e5f60718`');
    expect(text).toContain('`torch.Size([0])`');
    expect(text).toContain('`MedCLIPVisionModelViT`');
  });
});

describe('the budget', () => {
  const large = reportOf([largeFailure()], { clues: zero3Clues });

  test('560 mismatches of eight ranks fit into what a ticket takes, with verdict, table and all remedies', async () => {
    const text = await check(large);
    expect(byteLength(text)).toBeLessThanOrEqual(60_000);
    for (const { title } of large.failures[0]?.diagnoses[0]?.remedies ?? []) expect(text).toContain(title.replaceAll('_', '_'));
    expect(text).toContain('### Layers');
  });

  test.each([40_000, 20_000, 8_000, 4_000, 2_500])(
    '%i bytes: kept, with the structure whole and a note on what is missing',
    async (maxSize) => {
      const text = await check(large, { maxSize });
      expect(byteLength(text)).toBeLessThanOrEqual(maxSize);
      expect(text).toMatch(/^## Checkpoint load failure/);
      expect(text).toContain('> Left out to keep this report within its size: ');
      expect(text).toContain('`ckpt-doctor --verbose logs/finetune_lora.log`');
    },
  );

  test('the long list gives way before the remedies, and the remedies before the verdict', async () => {
    const text = await check(large, { maxSize: 6_000 });
    expect(text).not.toContain('layers.39.self_attn.q_proj.lora_A');
    expect(text).toContain('Run this stage with ZeRO-2');
    expect(await check(large, { maxSize: 2_000 })).toContain('had already partitioned the model');
  });

  test.each([1, 500, 5_000, 60_000])('a thousand failures in %i bytes', async (maxSize) => {
    const failures = Array.from({ length: 1_000 }, (_, number) =>
      zero3Failure([1], { id: `id${number}`, at: { source: 'a.log', line: number + 1 } }),
    );
    expect(byteLength(await check(reportOf(failures), { maxSize }))).toBeLessThanOrEqual(Math.max(maxSize, 100));
  });

  test('a giant list takes nothing with it when it goes', async () => {
    const keys = Array.from({ length: 5_000 }, (_, number) => `model.layers.${number}.a_rather_long_name_of_a_parameter.weight`);
    const text = await check(reportOf([zero3Failure([1], { missingKeys: keys })]));
    expect(byteLength(text)).toBeLessThanOrEqual(60_000);
    for (const part of ['### Evidence', '### Afterwards', 'and 4,990 more', 'All 17 parameters', 'fsdp-sharded'])
      expect(text).toContain(part);
  });

  test('no section outlives the verdict that it belongs to', async () => {
    const failures = Array.from({ length: 40 }, (_, number) =>
      zero3Failure([1], { id: `id${number}`, at: { source: 'a.log', line: number + 1 } }),
    );
    for (const maxSize of [8_000, 20_000, 40_000]) {
      const text = await check(reportOf(failures), { maxSize });
      const verdicts = [...text.matchAll(/^## \d+\. /gm)].length;
      expect([...text.matchAll(/^### What to do$/gm)].length).toBeLessThanOrEqual(verdicts);
    }
  });

  test('hostile text of any length does not break it', async () => {
    const text = await check(hostileReport(`${HOSTILE} `.repeat(50)), { maxSize: 60_000 });
    expect(byteLength(text)).toBeLessThanOrEqual(60_000);
  });

  test('nothing is left out, and no note stands there, where everything fits', async () => {
    expect(await check(reportOf([zero3Failure()]))).not.toContain('Left out');
  });
});

test('what was masked is said', async () => {
  const text = await render('markdown', reportOf([zero3Failure()]), { redact: true });
  expect(text).toContain('`/home/<user:1>/LLaVA/llava/model/multimodal_encoder/clip_encoder.py:27 in load_model`');
  expect(text).toContain('Masked in this report: 1 place (user 1).');
});
