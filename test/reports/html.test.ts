import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Report } from '../../src/model/report.js';
import { sha256Base64 } from '../../src/reports/sha256.js';
import { render } from './rendered.js';
import {
  emptyReport,
  floodedReport,
  fsdpFailure,
  fullReport,
  hostileReport,
  reportOf,
  unknownFailure,
  zero3Clues,
  zero3Failure,
} from './report-builder.js';

/** A flood takes its time on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

/** What a reader sees: tags away, entities read. */
function visible(page: string): string {
  const body = page.slice(page.indexOf('<body>')).replace(/<script>[\s\S]*?<\/script>/g, '');
  const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return body
    .replaceAll('<wbr>', '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(#?\w+);/g, (whole, name: string) => entities[name] ?? whole)
    .replace(/\s+/g, ' ');
}

const html = (report: Report): Promise<string> => render('html', report);

test('SHA-256 is that of everyone else', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
      expect(sha256Base64(text)).toBe(createHash('sha256').update(text).digest('base64'));
    }),
  );
});

describe('the policy', () => {
  test('allows this style and this script by their hashes, and nothing else', async () => {
    const page = await html(fullReport);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? '';
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]+=*'; script-src 'sha256-[\w+/]+=*'; base-uri 'none'; form-action 'none'$/,
    );
    for (const tag of ['style', 'script']) {
      const parts = [...page.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))];
      expect(parts).toHaveLength(1);
      expect(policy).toContain(
        `'sha256-${createHash('sha256')
          .update(parts[0]?.[1] ?? '')
          .digest('base64')}'`,
      );
    }
  });

  test('nothing in the page needs more: no attribute that acts, no address of elsewhere', async () => {
    for (const report of [fullReport, hostileReport(), floodedReport()]) {
      const tags = (await html(report)).replace(/<(script|style)>[\s\S]*?<\/\1>/g, '').match(/<[a-z][^>]*>/gi) ?? [];
      expect(tags.filter((tag) => /\s(?:style|on\w+|src|action|srcdoc)=/i.test(tag.replace(/"[^"]*"/g, '""')))).toEqual([]);
      expect(tags.filter((tag) => /\shref="(?!#)/.test(tag))).toEqual([]);
    }
  });
});

/** Everything that the page's own functions make; whatever else stands there came from the log. */
const OWN_TAGS =
  'wbr html head meta title style body a header p button main section h1 h2 h3 span article ul ol li q code pre div table caption thead tbody tr th td details summary strong label input output footer script'.split(
    ' ',
  );

test('hostile text makes no element and no attribute', async () => {
  const page = await html(hostileReport());
  const tags = [...page.replace(/<(script|style)>[\s\S]*?<\/\1>/g, '').matchAll(/<([a-z!?/][^\s>]*)/gi)].map(([, tag = '']) =>
    tag.replace('/', '').toLowerCase(),
  );
  expect(tags.filter((tag) => tag !== '!doctype' && !OWN_TAGS.includes(tag))).toEqual([]);
  expect(visible(page)).toContain('<script>alert(1)</script><img src=x onerror=alert(2)>');
});

test('every element is closed', async () => {
  for (const report of [emptyReport, fullReport, hostileReport(), floodedReport()]) {
    const page = (await html(report)).replace(/<(script|style)>[\s\S]*?<\/\1>/g, '');
    const open: string[] = [];
    for (const [, slash, tag = ''] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
      if (['meta', 'input', 'wbr'].includes(tag)) continue;
      if (slash === '') open.push(tag);
      else expect(open.pop()).toBe(tag);
    }
    expect(open).toEqual([]);
  }
});

describe('what the reader finds', () => {
  test('the verdict, then evidence, then what to do, then the picture', async () => {
    const text = visible(await html(reportOf([zero3Failure()], { clues: zero3Clues })));
    const order = [
      'had already partitioned the model',
      'Evidence',
      'What to do',
      'Run this stage with ZeRO-2',
      'What differs',
      'What does not help',
      'Afterwards',
      'All 163 names',
    ];
    const places = order.map((part) => text.indexOf(part));
    expect(places).not.toContain(-1);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
  });

  test('evidence shows the line of the log where the report knows it', async () => {
    expect(visible(await html(reportOf([zero3Failure()], { clues: zero3Clues })))).toContain(
      'logs/finetune_lora.log:19 finished initializing model - num_params = 295',
    );
  });

  test('every parameter, key and group is in the page', async () => {
    const text = visible(await html(fullReport));
    const page = await html(fullReport);
    for (const { mismatches, missingKeys, unexpectedKeys, groups } of fullReport.failures) {
      for (const name of [...mismatches.flatMap(({ parameter }) => parameter ?? []), ...missingKeys, ...unexpectedKeys])
        expect(page.includes(`data-name="${name}"`) || text.includes(` ${name} `), name).toBe(true);
      if (groups.length > 1) for (const { pattern } of groups) expect(text).toContain(pattern);
    }
  });

  test('what ranks see differently stands side by side', async () => {
    const text = visible(await html(reportOf([fsdpFailure()])));
    expect(text).toContain('Parameter Checkpoint rank 0 rank 1');
    expect(text).toContain('layers.0.mlp.fc1.weight [4096, 1024] [2097152] [2097151]');
  });

  test('an unknown cause says what would decide', async () => {
    expect(visible(await html(reportOf([unknownFailure()])))).toContain('Which configuration was the checkpoint saved with?');
  });

  test('no failure: one sentence', async () => {
    expect(visible(await html(emptyReport))).toContain('No failure to load a checkpoint in 1 input (412 lines).');
  });
});

test('a flood is folded: the page stays one that a browser opens', async () => {
  const page = await html(floodedReport());
  expect(page.length).toBeLessThan(4_000_000);
  expect((page.match(/<article/g) ?? []).length).toBe(40);
});
