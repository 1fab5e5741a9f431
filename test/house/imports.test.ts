import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/**
 * Who may import whom, besides itself and `model`. Folders by name, packages by name, `node:*` for all of Node. Type imports count: a type is
 * a dependency too.
 */
const LAW: Readonly<Record<string, readonly string[]>> = {
  model: [],
  sources: ['fast-glob', 'node:*'],
  scan: [],
  lines: [],
  dialects: [],
  clues: [],
  failures: [],
  causes: [],
  reports: ['cli-table3', 'picocolors'],
  'literals.ts': ['scan', 'dialects', 'clues'],
  'analyze.ts': ['literals.ts', 'scan', 'lines', 'dialects', 'clues', 'failures', 'causes', 'version.ts'],
  'version.ts': [],
  'index.ts': ['analyze.ts', 'reports', 'version.ts'],
  cli: [
    'commander',
    'node:*',
    'sources',
    'scan',
    'reports',
    'literals.ts',
    'analyze.ts',
    'version.ts',
    'failures',
    'causes',
    'clues',
    'dialects',
  ],
  'bin.ts': ['cli'],
  web: ['analyze.ts', 'reports', 'sources', 'version.ts'],
};

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(path.sep).join('/'))
  .filter((file) => file.endsWith('.ts') && !file.startsWith('scan/wasm/'));

/** Every module that a file names: static, type-only, re-exported and dynamic imports. */
function importsOf(file: string): readonly string[] {
  const { module } = parseSync(file, readFileSync(`${SRC}/${file}`, 'utf8'));
  const fixed = [...module.staticImports, ...module.staticExports.flatMap((statement) => statement.entries)].flatMap((statement) => {
    const request = 'moduleRequest' in statement ? statement.moduleRequest : undefined;
    return request === undefined || request === null ? [] : [request.value];
  });
  const source = readFileSync(`${SRC}/${file}`, 'utf8');
  const dynamic = module.dynamicImports.map(({ moduleRequest }) => source.slice(moduleRequest.start + 1, moduleRequest.end - 1));
  return [...fixed, ...dynamic];
}

/** `model`, `cli`, `analyze.ts`: the room that a file is in. */
const roomOf = (file: string): string => file.split('/')[0] ?? file;

function targetOf(file: string, specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:*';
  if (!specifier.startsWith('.')) return specifier;
  return roomOf(path.posix.join(path.posix.dirname(file), specifier.replace(/\.js$/, '.ts')));
}

/** The files of the house that a file imports. */
function targetsOf(file: string): readonly string[] {
  const own = importsOf(file).filter((specifier) => specifier.startsWith('.'));
  return own
    .map((specifier) => path.posix.join(path.posix.dirname(file), specifier.replace(/\.js$/, '.ts')))
    .filter((target) => files.includes(target));
}

describe('the import law', () => {
  it.each(files)('%s keeps it', (file) => {
    const room = roomOf(file);
    const allowed = new Set([room, 'model', ...(LAW[room] ?? [])]);
    expect(importsOf(file).filter((specifier) => !allowed.has(targetOf(file, specifier)))).toEqual([]);
  });

  it('names every room of the house', () => {
    expect([...new Set(files.map(roomOf))].filter((room) => !(room in LAW))).toEqual([]);
  });

  it('is free of circles', () => {
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      if (done.has(file) || path.includes(file)) return;
      for (const next of targetsOf(file)) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  it('sees what it should: a planted import is found', () => {
    expect(importsOf('reports/index.ts')).toContain('./terminal.js');
    expect(importsOf('model/failure.ts')).toContain('./finding.js');
  });
});

describe('the words of the house', () => {
  it('has no room for leftovers', () => {
    const leftovers = /(^|\/)(utils?|helpers?|common|types|constants)(\.ts|\/)/;
    expect(files.filter((file) => leftovers.test(file))).toEqual([]);
  });

  it.each(files.filter((file) => !/table|dialects\/|web\/|scanner-module/.test(file)))('%s fits a few screens', (file) => {
    expect(readFileSync(`${SRC}/${file}`, 'utf8').split('\n').length).toBeLessThanOrEqual(300);
  });

  it('never ends the process by force, which would cut a pipe', () => {
    expect(files.filter((file) => readFileSync(`${SRC}/${file}`, 'utf8').includes('process.exit('))).toEqual([]);
  });
});
