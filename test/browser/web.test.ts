/** The web page as it is delivered, opened from the disk. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { describe, expect, inject, test } from 'vitest';
import { HOSTILE } from '../reports/report-builder.js';
import { useBrowser } from './browser.js';

const session = useBrowser();
const address = pathToFileURL(inject('webPage')).href;
const read = (name: string): string => readFileSync(new URL(`../../sample-logs/${name}`, import.meta.url), 'utf8');
const zero3 = read('llava-medclip-zero3.log');
const clean = read('nothing-wrong.log');

const report = (page: Page) => page.frameLocator('#report');

async function verdict(page: Page): Promise<string> {
  await page.locator('#result').waitFor({ state: 'visible' });
  return (await report(page).locator('.verdict h2, .nothing').first().textContent()) ?? '';
}

async function drop(page: Page, files: readonly { readonly name: string; readonly text: string }[]): Promise<void> {
  const transfer = await page.evaluateHandle((list) => {
    const made = new DataTransfer();
    for (const { name, text } of list) made.items.add(new File([text], name));
    return made;
  }, files);
  await page.dispatchEvent('#drop', 'drop', { dataTransfer: transfer });
}

test('at first there is nothing but the place for a log', async () => {
  const { page, complaints } = await session.open(address);
  expect(await page.locator('#start').isVisible()).toBe(true);
  expect(await page.locator('#reading, #result, #trouble, noscript').locator('visible=true').count()).toBe(0);
  expect(complaints).toEqual([]);
});

describe('a log comes in', () => {
  test('dropped', async () => {
    const { page, complaints } = await session.open(address);
    await drop(page, [{ name: 'train.log', text: zero3 }]);
    expect(await verdict(page)).toContain('ZeRO-3');
    expect(await report(page).locator('.facts').textContent()).toContain('train.log:23');
    expect(complaints).toEqual([]);
  });

  test('chosen, several files of which one is packed', async () => {
    const { page, complaints } = await session.open(address);
    const files = [session.write('a.log', zero3), session.write('b.log.gz', gzipSync(clean))];
    await page.locator('#files').setInputFiles(files);
    expect(await verdict(page)).toContain('ZeRO-3');
    expect(await report(page).locator('footer').textContent()).toMatch(/b\.log\.gz: 199 lines, [\d,]+ bytes, gzip/);
    expect(complaints).toEqual([]);
  });

  test('pasted', async () => {
    const { page, complaints } = await session.open(address);
    await page.locator('#pasted').fill(zero3);
    await page.locator('button[type=submit]').click();
    expect(await verdict(page)).toContain('ZeRO-3');
    expect(complaints).toEqual([]);
  });

  test('as an example', async () => {
    const { page } = await session.open(address);
    await page.locator('#sample').click();
    expect(await verdict(page)).toContain('ZeRO-3');
  });

  test('in which nothing is wrong', async () => {
    const { page } = await session.open(address);
    await drop(page, [{ name: 'fine.log', text: clean }]);
    expect(await verdict(page)).toBe('No failure to load a checkpoint in 1 input (199 lines).');
  });

  test('packed as a browser cannot unpack it: said, and the rest is read', async () => {
    const { page } = await session.open(address);
    const packed = session.write('x.zst', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3, 4, 5, 6));
    await page.locator('#files').setInputFiles([packed, session.write('a.log', zero3)]);
    expect(await verdict(page)).toContain('ZeRO-3');
    expect(await report(page).locator('.unreadable').textContent()).toContain('it is packed with zstd');
  });
});

test('a large file is streamed: its failure is found at its end, and the page answers meanwhile', async () => {
  const file = session.write('large.log', '');
  const line = `step 123456: loss 1.2345 | lr 3.0e-4 | tokens/s 45,678 | grad norm 0.98 ${'.'.repeat(40)}\n`;
  const block = line.repeat(Math.ceil((8 << 20) / line.length));
  const fd = openSync(file, 'w');
  for (let written = 0; written < 256 << 20; written += block.length) writeSync(fd, block);
  writeSync(fd, zero3);
  closeSync(fd);
  const { page, complaints } = await session.open(address);
  await page.locator('#files').setInputFiles(file);
  await page.locator('#progress-text', { hasText: 'MB of 2' }).waitFor();
  expect(await verdict(page)).toContain('ZeRO-3');
  expect(complaints).toEqual([]);
});

test('a hostile log runs no script, in the page or in its frame', async () => {
  const { page, complaints } = await session.open(address);
  const text = `RuntimeError: Error(s) in loading state_dict for Net:\n\tsize mismatch for a.${HOSTILE.replace(/\s/g, '_')}: copying a param with shape torch.Size([2]) from checkpoint, the shape in current model is torch.Size([3]).\n`;
  await drop(page, [{ name: '<img src=x onerror=alert(1)>.log', text: zero3 + text }]);
  await verdict(page);
  await report(page).locator('.tree > summary').first().click();
  await page.waitForTimeout(200);
  expect(complaints).toEqual([]);
  expect(await report(page).locator('img').count()).toBe(0);
});

describe('with the report', () => {
  test('filter and copy work inside the frame', async () => {
    const { page, complaints } = await session.open(address);
    await drop(page, [{ name: 'train.log', text: zero3 }]);
    await verdict(page);
    await report(page).locator('.tree > summary').click();
    await report(page).locator('.tree input').fill('patch_embeddings');
    expect(await report(page).locator('.tree output').textContent()).toBe('2 of 219');
    await report(page).locator('.remedies .copy').first().click();
    await report(page).locator('.remedies .copy', { hasText: 'Copied' }).first().waitFor();
    expect(complaints).toEqual([]);
  });

  test.each([
    ['markdown', '.md', /^## Checkpoint load failure/],
    ['html', '.html', /^<!DOCTYPE html>/],
    ['json', '.json', /^\{\n {2}"schemaVersion": 1/],
  ])('it is saved as %s', async (format, extension, content) => {
    const { page } = await session.open(address);
    await drop(page, [{ name: 'train.log', text: zero3 }]);
    await verdict(page);
    await page.locator('#format').selectOption(format);
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#save').click()]);
    expect(download.suggestedFilename()).toBe(`ckpt-doctor-report${extension}`);
    expect(readFileSync(await download.path(), 'utf8')).toMatch(content);
  });

  test('secrets and names are masked unless one asks for them', async () => {
    const { page } = await session.open(address);
    await drop(page, [{ name: 'train.log', text: zero3.replaceAll('/workspace/run', '/home/alice/run') }]);
    await verdict(page);
    expect(await report(page).locator('.facts').textContent()).toContain('/home/<user:1>/run');
    await page.locator('#mask').uncheck();
    await report(page).locator('.facts', { hasText: '/home/alice/run' }).waitFor();
  });

  test('a link of the overview leads to its failure, within the frame', async () => {
    const { page, complaints } = await session.open(address);
    await drop(page, [
      { name: 'a.log', text: zero3 },
      { name: 'b.log', text: read('lora-rank-8-into-16.log') },
    ]);
    await verdict(page);
    await report(page).locator('.overview a', { hasText: '2' }).click();
    await expect
      .poll(() =>
        report(page)
          .locator('#failure-2 h2')
          .evaluate((element) => element.getBoundingClientRect().top),
      )
      .toBeLessThan(200);
    expect(await report(page).locator('article').count()).toBe(2);
    expect(complaints).toEqual([]);
  });

  test('another log follows', async () => {
    const { page } = await session.open(address);
    await drop(page, [{ name: 'train.log', text: zero3 }]);
    await verdict(page);
    await page.locator('#again').click();
    await drop(page, [{ name: 'fine.log', text: clean }]);
    await report(page).locator('.nothing').waitFor();
  });
});

test('narrow and dark: nothing sticks out, and the page is dark', async () => {
  const { page } = await session.open(address, { viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
  const overhang = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(await overhang()).toBe(0);
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(20, 23, 28)');
  await page.locator('#sample').click();
  await verdict(page);
  expect(await overhang()).toBe(0);
});
