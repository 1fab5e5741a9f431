import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.js';
import { clueSources } from '../../src/clues/index.js';
import { dialects } from '../../src/dialects/index.js';
import { prefixes } from '../../src/lines/prefixes.js';
import { CAUSE_IDS } from '../../src/model/diagnosis.js';
import { formats } from '../../src/reports/index.js';
import { version } from '../../src/version.js';
import { analyze, cases, factsOf } from '../cases/read-case.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(`${ROOT}${file}`, 'utf8');
const readme = read('README.md');
const WINGS = ['sharding', 'vocabulary-and-adapters', 'architecture', 'layout-and-keys'];
const HEADINGS = ['## What it means', '## How it shows in the log', '## What to do', '## When this is not the cause'];

const pageFile = (cause: string): string | undefined =>
  WINGS.map((wing) => `src/causes/${wing}/${cause}.md`).find((file) => existsSync(`${ROOT}${file}`));
const pageOf = (cause: string): string => read(pageFile(cause) ?? `the page of ${cause}`);

describe('causes', () => {
  it('are the ones that the contract names, each once', () => {
    expect(causes.map(({ id }) => id).toSorted()).toEqual([...CAUSE_IDS].toSorted());
  });

  it.each(CAUSE_IDS)('%s has its file and its page, with the four headings in order', (cause) => {
    expect(existsSync(`${ROOT}${pageFile(cause)?.replace(/\.md$/, '.ts')}`)).toBe(true);
    expect(pageOf(cause).split('\n')[0]).toBe(`# ${cause}`);
    expect(pageOf(cause).match(/^## .*$/gm)).toEqual(HEADINGS);
  });

  it.each(CAUSE_IDS)('%s: each log on its page gives this cause first', (cause) => {
    const logs = [...pageOf(cause).matchAll(/```log\n(.*?)```/gs)].map(([, log = '']) => log);
    expect(logs.length).toBeGreaterThan(0);
    for (const log of logs) {
      const { failures } = analyze([{ file: 'page.log', bytes: new TextEncoder().encode(log) }]);
      expect(failures.map(({ diagnoses }) => diagnoses[0]?.cause)).toContain(cause);
    }
  });

  it.each(CAUSE_IDS)('%s names its rivals, and they exist', (cause) => {
    const section = pageOf(cause).split('## When this is not the cause')[1] ?? '';
    const rivals = [...section.matchAll(/`([a-z0-9]+(?:-[a-z0-9]+)+)`/g)].map(([, name = '']) => name);
    expect(rivals.filter((name) => CAUSE_IDS.some((id) => id === name)).length).toBeGreaterThan(0);
  });

  it.each(CAUSE_IDS)('%s wins in a case of its own, and has a near miss', (cause) => {
    const own = cases.filter((name) => name.startsWith(`${cause}--`));
    expect(own.some((name) => factsOf(name).failures.some(({ firstCause }) => firstCause === cause))).toBe(true);
    const near = cases.filter((name) => name.startsWith(`not-${cause}--`));
    expect(near.length).toBeGreaterThan(0);
    expect(near.filter((name) => factsOf(name).mustNotSay?.includes(cause) !== true)).toEqual([]);
  });

  it('stand in the README, all of them', () => {
    expect(CAUSE_IDS.filter((cause) => !readme.includes(`\`${cause}\``))).toEqual([]);
  });
});

describe('dialects', () => {
  it('are one file each, under the name of the file', () => {
    const machinery = new Set(['dialect', 'index', 'looked-up-name', 'message-reader', 'read', 'suspicion', 'cut-line', 'name-first']);
    const files = readdirSync(`${ROOT}src/dialects`).map((file) => path.basename(file, '.ts'));
    expect(dialects.map(({ name }) => name).toSorted()).toEqual(files.filter((file) => !machinery.has(file)).toSorted());
  });

  it.each(dialects.map(({ name }) => name))('%s has a case', (name) => {
    const used = cases.filter((folder) => folder.startsWith(`dialect-${name}--`));
    // PyTorch's own dialect is in most cases of the causes.
    expect(used.length > 0 || name === 'torch').toBe(true);
  });

  it('stand in the README, all of them', () => {
    expect(dialects.map(({ name }) => name).filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  it('have a sample for every pattern', () => {
    const bare = dialects.flatMap(({ name, patterns }) =>
      patterns.filter(({ samples }) => samples.length === 0).map((pattern) => `${name}/${pattern.name}`),
    );
    expect(bare).toEqual([]);
  });
});

describe('clues, prefixes and formats', () => {
  it('are one file per kind of clue', () => {
    const machinery = new Set(['clue-pattern', 'index', 'read', 'traceback']);
    const files = readdirSync(`${ROOT}src/clues`).map((file) => path.basename(file, '.ts'));
    const missing = clueSources.map(({ name }) => name).filter((name) => !files.includes(name) || machinery.has(name));
    expect(missing).toEqual([]);
  });

  it('have samples', () => {
    expect(clueSources.flatMap(({ patterns }) => patterns.filter(({ samples }) => samples.length === 0))).toEqual([]);
    expect(prefixes.filter(({ samples }) => samples.length === 0)).toEqual([]);
  });

  it('stand in the README, all formats', () => {
    expect(formats.map(({ name }) => name).filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('what lies at the top', () => {
  it('names one version', () => {
    expect(JSON.parse(read('package.json')).version).toBe(version);
  });

  it('says why each run-time dependency is there', () => {
    const names = Object.keys(JSON.parse(read('package.json')).dependencies);
    expect(names.filter((name) => !new RegExp(`^\\| \\[?\`?${name}`, 'm').test(readme))).toEqual([]);
  });

  it('locks the dependencies without saying where they were downloaded', () => {
    expect(read('package-lock.json')).not.toContain('"resolved"');
  });

  it('shows every sample log, named in the README', () => {
    const samples = readdirSync(`${ROOT}sample-logs`);
    expect(samples.length).toBeGreaterThanOrEqual(6);
    expect(samples.filter((file) => !readme.includes(file))).toEqual([]);
  });
});
