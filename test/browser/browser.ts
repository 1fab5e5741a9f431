/** A page under watch: whatever it complains about, asks the network for or pops up is written down. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { chromiumPath } from './chromium.js';

export interface Watched {
  readonly page: Page;
  /** Errors and warnings of the console, exceptions, dialogs, requests that are not the page itself. Must stay empty. */
  readonly complaints: readonly string[];
}

export interface Session {
  readonly open: (address: string, options?: BrowserContextOptions) => Promise<Watched>;
  readonly write: (name: string, content: string | Uint8Array) => string;
}

/** One browser for a file of tests, a fresh context for each page. */
export function useBrowser(): Session {
  let browser: Browser | undefined;
  const folder = mkdtempSync(path.join(tmpdir(), 'ckpt-doctor-browser-'));
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    async open(address, options = {}) {
      if (browser === undefined) throw new Error('the browser has not been started');
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`);
      });
      page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
      page.on('dialog', (dialog) => {
        complaints.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on('request', (request) => {
        if (request.url() !== address && !/^(?:blob|about|data):/.test(request.url())) complaints.push(`request: ${request.url()}`);
      });
      await page.goto(address);
      return { page, complaints };
    },
    write(name, content) {
      const file = path.join(folder, name);
      writeFileSync(file, content);
      return file;
    },
  };
}
