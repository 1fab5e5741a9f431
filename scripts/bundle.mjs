// Joins the modules of the program in dist to a few files: reading two hundred takes longer than a small log. The library stays as it is.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const dist = process.argv[2] ?? fileURLToPath(new URL('../dist', import.meta.url));

const build = await rolldown({
  input: { bin: `${dist}/bin.js`, 'look-ahead-worker': `${dist}/cli/look-ahead-worker.js` },
  platform: 'node',
});
const { output } = await build.generate({
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  // Names stay, so that a stack trace can be read.
  minify: { compress: true, mangle: false, codegen: true },
});
await build.close();

rmSync(`${dist}/cli`, { recursive: true });
mkdirSync(`${dist}/cli`);
for (const file of output) writeFileSync(`${dist}/cli/${file.fileName}`, file.type === 'chunk' ? file.code : file.source);
writeFileSync(`${dist}/bin.js`, "#!/usr/bin/env node\nimport './cli/bin.js';\n");
writeFileSync(`${dist}/cli/third-party-licences.txt`, licencesOf(output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))));

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
