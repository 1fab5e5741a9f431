// Builds dist/web/index.html: the page with everything in it, so that it works from any web server and from a folder on the disk alike.
// Its Content-Security-Policy names by their hashes the page's own style and script and those of the HTML report, and no host at all.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = process.argv[2] ?? `${root}dist/web`;
const read = (file) => readFileSync(`${root}${file}`, 'utf8');

if (!existsSync(`${root}src/scan/scanner-module.ts`))
  execFileSync(process.execPath, [`${root}scripts/build-scanner.mjs`], { stdio: 'inherit' });

/** One file of JavaScript from TypeScript. */
async function bundle(entry, format, define = {}) {
  const build = await rolldown({
    input: `${root}${entry}`,
    platform: 'browser',
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
    transform: { define },
    treeshake: true,
  });
  const { output } = await build.generate({ format, minify: true, codeSplitting: false });
  await build.close();
  const [{ imports }] = output;
  if (imports.length > 0) throw new Error(`${entry} needs what a browser has not: ${imports.join(', ')}`);
  if (output.length !== 1) throw new Error(`${entry} became ${output.length} files: ${output.map(({ fileName }) => fileName).join(', ')}`);
  return output[0].code.trim();
}

/** A string of JavaScript that may stand inside a script element: `<` begins nothing there. */
const literal = (text) => JSON.stringify(text).replaceAll('<', '\\x3c');
const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const imported = (code) => import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);

const report = await imported(await bundle('src/reports/html.ts', 'esm'));
const worker = await bundle('src/web/worker.ts', 'iife');
const script = await bundle('src/web/page.ts', 'iife', {
  WORKER_CODE: literal(worker),
  SAMPLE_LOG: literal(read('sample-logs/llava-medclip-zero3.log')),
});
if (/<\/script|<!--/i.test(script)) throw new Error('the script would end its own element');
const style = read('src/web/style.css').replaceAll('\n', '');
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)} ${report.HTML_SCRIPT_HASH} 'wasm-unsafe-eval'`,
  `style-src ${hash(style)} ${report.HTML_STYLE_HASH}`,
  'worker-src blob:',
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const html = read('src/web/index.html')
  .replace('content="policy"', () => `content="${policy}"`)
  .replace('/* style */', () => style)
  .replace('/* script */', () => script);
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
writeFileSync(`${out}/index.html`, html);
console.log(`${out}/index.html: ${Math.round(html.length / 1000)} kB`);
