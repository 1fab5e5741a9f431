// Mutation testing: npm run mutate -- src/failures src/lines/joiner.ts (without names: the four stages that read and judge).
// The instrumenter of Stryker plants the mutants, all into one bundle of the program and its tests; then the tests run in one process,
// once per mutant and only those that run through it. The instrumenter is needed rarely, so that it is no dependency.
// --cold also tries what is made once, while files load (tables, expressions): the program is loaded anew for each, which takes longer.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import glob from 'fast-glob';
import { openInstrumenter, plant } from './mutate/plant.mjs';
import { tableOf } from './mutate/table.mjs';
import { ask, tryAll } from './mutate/workers.mjs';

const STAGES = ['src/lines', 'src/dialects', 'src/failures', 'src/causes'];
/** The stages' own tests, and what else runs whole logs once; no processes, no formats but the golden ones, no random inputs. */
const TESTS = ['{lines,dialects,failures,causes,goldens}/*', 'cases/cases', 'sample-logs', 'house/ledger'].map(
  (name) => `test/${name}.test.ts`,
);
/** What was loaded is never given back, so that a process ends after as many. */
const LOADS = 50;

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'ckpt-doctor-mutate-'));
/** Tests read cases and pages while they run: what is edited meanwhile must not count as a kill. */
const copy = path.join(folder, 'copy');
const LEFT_OUT = new Set(['node_modules', 'dist', '.git']);
const { values, positionals } = parseArgs({ allowPositionals: true, options: { cold: { type: 'boolean', default: false } } });
const find = (patterns) => glob.sync(patterns, { cwd: copy, absolute: true }).sort();
const named = positionals.length === 0 ? STAGES : positionals.flatMap((list) => list.split(','));

try {
  cpSync(root, copy, { recursive: true, filter: (file) => !LEFT_OUT.has(path.basename(file)) });
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'junction');
  execFileSync(process.execPath, ['scripts/build-scanner.mjs'], { cwd: copy, stdio: 'inherit' });
  const sources = find(named.map((name) => (/\.ts$/.test(name) ? name : `${name}/**/*.ts`)));
  const instrument = await openInstrumenter(folder);
  const bundle = path.join(folder, 'planted.mjs');
  report(await verdicts(bundle, await plant({ root: copy, bundle, sources, tests: find(TESTS), instrument })));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The mutants with what became of them. */
async function verdicts(bundle, mutants) {
  const { suites, most, whileLoading } = await ask(bundle, { kind: 'survey' });
  for (const { name, failed } of suites)
    for (const message of failed) console.error(`left out, fails without a mutant: ${name}: ${message}`);
  for (const { name, slow } of suites.filter(({ slow }) => slow.length > 0))
    console.error(`left out, takes too long: ${name}: test ${slow.join()}`);
  const task = { suites: suites.filter(({ failed }) => failed.length === 0), most };
  const judged = await tryAll(bundle, { kind: 'warm', ...task }, mutants);
  const loading = new Set(whileLoading);
  const isOpen = ({ id, status }) => loading.has(id) && /survived|uncovered/.test(status);
  const open = judged.filter(isOpen).map((mutant) => ({ ...mutant, status: 'loading' }));
  const cold = [];
  for (let start = 0; values.cold && start < open.length; start += LOADS)
    cold.push(...(await tryAll(bundle, { kind: 'cold', ...task }, open.slice(start, start + LOADS))));
  return [...judged.filter((mutant) => !isOpen(mutant)), ...(values.cold ? cold : open)];
}

/** The survivors and a table for the reader; everything for a program. */
function report(all) {
  const mutants = all.map(({ location: { start, end }, file, ...mutant }) => ({
    ...mutant,
    file: path.relative(copy, file).replaceAll('\\', '/'),
    // The instrumenter counts from 0, people from 1.
    from: [start.line + 1, start.column + 1],
    to: [end.line + 1, end.column + 1],
  }));
  mkdirSync(path.join(root, 'reports'), { recursive: true });
  writeFileSync(path.join(root, 'reports/mutants.json'), `[\n${mutants.map((mutant) => JSON.stringify(mutant)).join(',\n')}\n]\n`);
  for (const { file, from, mutatorName, replacement, status } of mutants.filter(({ status }) => /survived|uncovered/.test(status)))
    console.log(`${file}:${from.join(':')} ${status}, ${mutatorName}: ${replacement.replace(/\s+/g, ' ').slice(0, 100)}`);
  console.log(tableOf(mutants));
}
