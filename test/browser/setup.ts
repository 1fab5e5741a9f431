import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { chromiumPath } from './chromium.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The file of the web page. */
    readonly webPage: string;
  }
}

/** Before all tests: a clear word where the browser is missing, and the page built as it is delivered, into a folder of its own. */
export default function setup(project: TestProject): () => void {
  chromiumPath();
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const folder = mkdtempSync(path.join(tmpdir(), 'ckpt-doctor-web-'));
  execFileSync(process.execPath, ['scripts/build-web.mjs', folder], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  project.provide('webPage', path.join(folder, 'index.html'));
  return () => rmSync(folder, { recursive: true, force: true });
}
