import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { CauseId } from '../src/model/diagnosis.js';
import { ckptDoctor } from './cli/fake-io.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What each sample is about, by whoever made it. */
const SAMPLES: Readonly<Record<string, CauseId | undefined>> = {
  'adapter-width-zero.log': 'empty-layer-config',
  'bert-large-into-base.log': 'wrong-model-variant',
  'fsdp-sharded-two-ranks.log': 'fsdp-sharded',
  'llama2-one-token-added.log': 'vocab-resized',
  'llava-medclip-zero3.log': 'zero3-partitioned-model',
  'lora-rank-8-into-16.log': 'lora-rank',
  'nothing-wrong.log': undefined,
  'openclip-tower-zero3.log': 'zero3-partitioned-model',
  'rich-traceback-80-columns.log': 'wrong-model-variant',
};

describe('sample logs', () => {
  it('are all listed here', () => {
    expect(readdirSync(`${ROOT}sample-logs`).sort()).toEqual(Object.keys(SAMPLES));
  });

  it.each(Object.entries(SAMPLES))('%s shows %s', async (file, cause) => {
    const { out, status } = await ckptDoctor(['-f', 'json', `sample-logs/${file}`], { cwd: ROOT });
    const causes = JSON.parse(out).failures.map(({ diagnoses }: { diagnoses: { cause: string }[] }) => diagnoses[0]?.cause);
    expect(causes).toEqual(cause === undefined ? [] : [cause]);
    expect(status).toBe(cause === undefined ? 0 : 1);
  });

  it('of LLaVA gives the report that the README shows', async () => {
    const { out } = await ckptDoctor(['sample-logs/llava-medclip-zero3.log'], { cwd: ROOT });
    const readme = readFileSync(`${ROOT}README.md`, 'utf8');
    const [shown = ''] = readme.slice(readme.indexOf('```\n✗') + 4).split('\n\n[…');
    expect(out.startsWith(shown)).toBe(true);
    expect(shown.length).toBeGreaterThan(1000);
  });

  it('of LLaVA shows verdict, evidence and first remedy on a screen of 80 by 24', async () => {
    const { out } = await ckptDoctor(['sample-logs/llava-medclip-zero3.log'], { cwd: ROOT, columns: 80 });
    const screen = out.split('\n').slice(0, 24);
    expect(screen.filter((line) => line.length > 80)).toEqual([]);
    for (const words of ['ZeRO-3 had', 'Evidence', 'What to do', 'zero2.json', 'Cost:']) expect(screen.join('\n')).toContain(words);
  });
});
