// Plants all mutants into one bundle of the program and its tests; each waits behind a switch of its own.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const API = new URL('test-api.mjs', import.meta.url).href;

/** What the instrumenter calls. Only the survey counts what is covered; a loop that a mutant made endless is broken off. */
const SWITCHES = `const mutants = globalThis.mutants;
function stryMutAct_9fa48(id) {
  if (id !== mutants.active) return false;
  if (++mutants.hits > mutants.limit) throw new Error('endless');
  return true;
}
function stryCov_9fa48(...ids) {
  if (mutants.covered !== undefined) for (const id of ids) mutants.covered.set(id, (mutants.covered.get(id) ?? 0) + 1);
}`;

/** What the program remembers from one log to the next would hide mutants, and keep what they told: it is emptied before each test. */
const MEMORIES = [/new Map<string, Told>\(\)/, /new WeakMap(?:<LoadFailure, [^>]*>)?\(\)/g];

/** The newest line that runs on Node 20. */
const INSTRUMENTER = '@stryker-mutator/instrumenter@9.6.1';

/** Installed where the bundle goes. Words of a text are no faults worth planting. */
export async function openInstrumenter(folder) {
  execFileSync('npm', ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', INSTRUMENTER]);
  const { resolve } = createRequire(path.join(folder, 'node_modules/@stryker-mutator/instrumenter/package.json'));
  const [{ createInstrumenter }, { createInjector }] = await Promise.all(
    ['@stryker-mutator/instrumenter', 'typed-inject'].map((name) => import(pathToFileURL(resolve(name)).href)),
  );
  const logger = new Proxy({}, { get: (_, name) => (name === 'warn' || name === 'error' ? console.error : () => false) });
  const provided = createInjector()
    .provideValue('logger', logger)
    .provideValue('getLogger', () => logger)
    .provideValue('options', {});
  const instrumenter = provided.injectFunction(createInstrumenter);
  const options = { ignorers: [], plugins: null, excludedMutations: ['StringLiteral'], noHeader: true };
  return (files) => instrumenter.instrument(files, options);
}

/** Writes the bundle and returns the mutants: id, file, place, kind and replacement. */
export async function plant({ root, bundle, sources, tests, instrument }) {
  const { files, mutants } = await instrument(sources.map((name) => ({ name, content: readFileSync(name, 'utf8'), mutate: true })));
  const planted = new Map(files.map(({ name, content }) => [name, content]));
  const entry = tests.map((file) => `import ${JSON.stringify(file)};`).join('\n');
  const build = await rolldown({
    input: 'entry',
    cwd: root,
    platform: 'node',
    external: [API],
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
    plugins: [plantedFiles(entry, planted)],
  });
  await build.write({ file: bundle, format: 'esm', codeSplitting: false, intro: SWITCHES });
  await build.close();
  // An excluded mutant is listed, and not planted.
  return mutants.flatMap(({ id, fileName, location, mutatorName, replacement, status }) =>
    status === 'Ignored' ? [] : [{ id, file: fileName, location, mutatorName, replacement }],
  );
}

const plantedFiles = (entry, planted) => ({
  name: 'planted-files',
  resolveId(id, importer) {
    if (id === 'entry') return '\0entry';
    if (id === 'vitest') return `\0vitest:${importer}`;
    // Packages stay where they are: the bundle is loaded many times, they are not.
    if (!/^[./\0]|^node:/.test(id)) return { id: import.meta.resolve(id), external: true };
    return undefined;
  },
  load(id) {
    if (id === '\0entry') return entry;
    if (!id.startsWith('\0vitest:')) return planted.get(id);
    return `import { apiFor } from '${API}';
      export const { describe, it, test, expect, afterAll } = apiFor(${JSON.stringify(id.slice('\0vitest:'.length))});`;
  },
  transform(code, id) {
    const placed = code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href));
    return MEMORIES.reduce((text, memory) => text.replace(memory, 'globalThis.mutants.memory(new Map())'), placed);
  },
});
