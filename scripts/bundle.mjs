// Joins the modules of the program to a few files: reading two hundred takes longer than a small log. The library keeps its modules.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const dist = process.argv[2] ?? fileURLToPath(new URL('../dist', import.meta.url));

/** A part of Node is loaded together with the module that asks for it, not at the start with all others. */
const builtinsWhenNeeded = {
  name: 'builtins-when-needed',
  resolveId(id, importer = '') {
    if (!id.startsWith('node:') || importer.startsWith('\0')) return undefined;
    // commander would start subcommands that are programs of their own; there are none.
    return id === 'node:child_process' && importer.includes('/commander/') ? '\0nothing' : `\0${id}`;
  },
  load(id) {
    if (id === '\0nothing') return 'module.exports = {}';
    return id.startsWith('\0node:') ? `module.exports = require('${id.slice(1)}')` : undefined;
  },
};

/** What clues make their samples with. */
const SAMPLE_MAKERS = new Set(['told', 'samplesOf']);

/** Samples of messages are for tests; the library keeps them. */
const withoutSamples = {
  name: 'without-samples',
  transform(code, id) {
    if (!/[\\/](?:dialects|clues)[\\/][^\\/]+\.js$/.test(id)) return undefined;
    const cuts = samplesIn(this.parse(code));
    return cuts.reduceRight((text, { start, end }) => `${text.slice(0, start)}[]${text.slice(end)}`, code);
  },
};

/** Lists of nothing but `{ text, states }` and what makes such, in the order of the text. */
function samplesIn(node) {
  if (node === null || typeof node !== 'object') return [];
  if (node.type === 'ArrayExpression' && node.elements.length > 0 && node.elements.every(isSample)) return [node];
  return Object.values(node).flatMap(samplesIn);
}

function isSample(node) {
  if (node?.type === 'SpreadElement') return isSample(node.argument) || samplesIn(node.argument).length > 0;
  if (node?.type === 'CallExpression') return SAMPLE_MAKERS.has(node.callee.name);
  const keys = node?.type === 'ObjectExpression' ? node.properties.map((property) => property.key?.name) : [];
  return keys.length === 2 && keys.includes('text') && keys.includes('states');
}

/** The tables of the search are made now and read where a log is large. */
const preparedTables = {
  name: 'prepared-tables',
  load(id) {
    if (!id.endsWith('/scan/prepared-tables.js')) return undefined;
    return `import { readFileSync } from 'node:fs';
      export const preparedTables = () => readFileSync(new URL('./search-tables.bin', import.meta.url));`;
  },
};

/** The launcher hands in the threads that it started. */
const earlyThreads = {
  name: 'early-threads',
  load: (id) => (id.endsWith('/cli/early-threads.js') ? 'export const earlyThreads = () => __threads;' : undefined),
};

/** What packages do at their start, or for each text, that is of no use here; a package that was changed stops the build. */
const lighter = {
  name: 'lighter-packages',
  transform(code, id) {
    // Whether there is colour is told from outside; asking standard output loads what streams are made of.
    if (id.includes('/picocolors/')) return replaced(code, id, '(p.stdout || {}).isTTY', 'false');
    // An expression of ten thousand characters, for texts of letters and lines.
    if (/\/string-width\/index\.js$/.test(id))
      return replaced(
        code,
        id,
        'string = string.replace(emoji',
        'if (/^[ -~\\xd7\\u2010-\\u2027\\u2500-\\u257f]*$/.test(string)) return string.length;\n$&',
      );
    return undefined;
  },
};

function replaced(code, id, from, to) {
  if (!code.includes(from)) throw new Error(`${id} was changed: ${from} is not there`);
  return code.replace(from, to);
}

/** Names stay, so that a stack trace can be read. */
const minify = { compress: true, mangle: false, codegen: true };

const program = await bundle('bin.js', 'cjs', [builtinsWhenNeeded, withoutSamples, preparedTables, earlyThreads, lighter]);
const worker = await bundle('cli/look-ahead-worker.js', 'cjs', [preparedTables]);

mkdirSync(`${dist}/cli`);
writeFileSync(`${dist}/cli/look-ahead-worker.js`, worker.code);
writeFileSync(
  `${dist}/cli/program.js`,
  `(function (require, __filename, __dirname, __threads) {${ascii(program.code.replace(/^#!.*/, ''))}\n})`,
);
writeFileSync(`${dist}/cli/search-tables.bin`, await searchTables());
writeFileSync(`${dist}/cli/third-party-licences.txt`, licencesOf([...program.moduleIds, ...worker.moduleIds]));
cpSync(fileURLToPath(new URL('launch.cjs', import.meta.url)), `${dist}/bin.js`);
// Node is ready for a CommonJS program some milliseconds earlier; the library is a module as the package says.
writeFileSync(`${dist}/package.json`, '{ "type": "commonjs" }\n');
writeFileSync(`${dist}/lib/package.json`, '{ "type": "module" }\n');
for (const name of ['cli', 'bin.js', 'bin.d.ts']) rmSync(`${dist}/lib/${name}`, { recursive: true });

async function searchTables() {
  const [{ literals }, { indexLiterals }, { encodeTables }] = await Promise.all(
    ['literals', 'scan/literal-index', 'scan/search-tables'].map((module) => import(`${dist}/lib/${module}.js`)),
  );
  const index = indexLiterals(literals());
  if (index.short.length > 0) throw new Error('a literal is too short for the search by grams');
  return encodeTables(index);
}

/** Bytes that Node takes as they are: decoding UTF-8 would cost more than the analysis of a small log. */
function ascii(code) {
  if (/(?:String\.raw`[^`]*|\\)[^\0-\x7f]/.test(code))
    throw new Error('String.raw takes no escapes: write the character as \\u in an expression');
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

async function bundle(file, format, plugins = []) {
  const build = await rolldown({ input: `${dist}/lib/${file}`, platform: 'node', plugins });
  const { output } = await build.generate({ format, codeSplitting: false, minify });
  await build.close();
  return output[0];
}

/** What is copied from other packages comes with their licences. */
function licencesOf(modules) {
  const packages = new Set(modules.flatMap((id) => /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? []));
  return [...packages].sort().map(licenceOf).join('\n');
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const file = existsSync(folder) ? readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry)) : undefined;
  const text = file === undefined ? '' : readFileSync(path.join(folder, file), 'utf8');
  return `${name} ${version} (${license})\n\n${text}`;
}
