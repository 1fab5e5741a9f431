/** The HTML report, as a file that somebody opens. */
import { pathToFileURL } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/model/report.js';
import { render } from '../reports/rendered.js';
import {
  emptyReport,
  floodedReport,
  fsdpFailure,
  fullReport,
  hostileReport,
  largeFailure,
  reportOf,
  zero3Clues,
  zero3Failure,
} from '../reports/report-builder.js';
import { useBrowser, type Watched } from './browser.js';

const session = useBrowser();
const zero3 = reportOf([zero3Failure()], { clues: zero3Clues });

async function show(report: Report, options: BrowserContextOptions = {}): Promise<Watched> {
  return session.open(pathToFileURL(session.write('report.html', await render('html', report))).href, options);
}

async function openAll(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const fold of document.querySelectorAll('details')) fold.open = true;
  });
}

describe('nothing goes wrong and nothing is asked of the network', () => {
  test.each([
    ['empty', emptyReport],
    ['full', fullReport],
    ['hostile', hostileReport()],
    ['large', reportOf([largeFailure()])],
    ['flooded', floodedReport()],
  ])('%s', async (_, report) => {
    const { page, complaints } = await show(report);
    await page.waitForTimeout(100);
    expect(complaints).toEqual([]);
    expect(await page.locator('script').count()).toBe(1);
    expect(await page.locator('img, iframe, object, embed, form, link').count()).toBe(0);
  });
});

test('the hostile log is shown as text and runs no script', async () => {
  const { page, complaints } = await show(hostileReport());
  expect(await page.locator('h2').first().textContent()).toContain('<script>alert(1)</script><img src=x onerror=alert(2)>');
  for (const summary of await page.locator('summary').all()) if (await summary.isVisible()) await summary.click();
  expect(complaints).toEqual([]);
});

describe('the list of names', () => {
  async function filtered(page: Page, text: string): Promise<readonly (string | null)[]> {
    await page.locator('.tree input').fill(text);
    return Promise.all((await page.locator('.tree .leaf:not([hidden])').all()).map((leaf) => leaf.getAttribute('data-name')));
  }

  test('the filter leaves the names that hold all words, opens what holds them, and counts', async () => {
    const { page } = await show(zero3);
    await page.locator('.tree > summary').click();
    const names = await filtered(page, 'Blocks.1 query');
    expect(names.length).toBeGreaterThan(0);
    expect(names.every((name) => name?.includes('blocks.1') && name.includes('query'))).toBe(true);
    expect(await page.locator('.tree output').textContent()).toBe(`${names.length} of 163`);
    expect(await page.locator('.tree .leaf:not([hidden])').first().isVisible()).toBe(true);
  });

  test('shapes can be looked for too', async () => {
    const { page } = await show(zero3);
    await page.locator('.tree > summary').click();
    expect(await filtered(page, '[96, 3, 4, 4]')).toEqual(['model.embeddings.patch_embeddings.projection.weight']);
  });

  test('Escape brings everything back as it was', async () => {
    const { page } = await show(zero3);
    await page.locator('.tree > summary').click();
    const before = await page.locator('.tree details[open]').count();
    await filtered(page, 'query');
    await page.locator('.tree input').press('Escape');
    expect(await page.locator('.tree .leaf[hidden]').count()).toBe(0);
    expect(await page.locator('.tree details[open]').count()).toBe(before);
  });

  test('a slash leads there from anywhere', async () => {
    const { page } = await show(zero3);
    await page.keyboard.press('/');
    await page.keyboard.type('norm');
    expect(await page.locator('.tree input').inputValue()).toBe('norm');
  });
});

test('a snippet is copied as it stands, and the button says so', async () => {
  const { page } = await show(zero3, { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.locator('.remedies summary').first().click();
  const snippet = page.locator('.remedies details .snippet').first();
  await snippet.locator('button').click();
  await snippet.locator('button', { hasText: 'Copied' }).waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(zero3.failures[0]?.diagnoses[0]?.remedies[1]?.snippet?.code);
});

test('the picture is walked with arrow keys, and says what stands under them', async () => {
  const { page } = await show(zero3);
  const readout = page.locator('.readout').first();
  expect(await readout.isVisible()).toBe(false);
  await page.locator('.matrix td.cell[tabindex="0"]').first().focus();
  const first = await readout.textContent();
  await page.keyboard.press('ArrowRight');
  expect(await readout.textContent()).not.toBe(first);
  await page.keyboard.press('ArrowLeft');
  expect(await readout.textContent()).toBe(first);
  expect(first).toMatch(/^model\.encoder\.layers\.0\.blocks\.0\..*: \[96, 96\] → \[0\]$/);
});

test('a link of the overview leads to its failure and opens it', async () => {
  const many = Array.from({ length: 8 }, (_, number) =>
    zero3Failure([1], { id: `id${number}`, at: { source: 'a.log', line: number + 1 } }),
  );
  const { page } = await show(reportOf(many));
  expect(await page.locator('#failure-7').isVisible()).toBe(false);
  await page.locator('.overview a', { hasText: '7' }).click();
  await page.locator('#failure-7').waitFor({ state: 'visible' });
});

describe('light and dark', () => {
  /** The worst contrast of any text with what lies behind it, by WCAG's formula. */
  const worstContrast = (page: Page): Promise<{ readonly ratio: number; readonly text: string }> =>
    page.evaluate(() => {
      const channels = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
      const luminance = ([r = 0, g = 0, b = 0]: number[]): number => {
        const [x = 0, y = 0, z = 0] = [r, g, b].map((value) =>
          value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
        );
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
      };
      const behind = (element: Element | null): number[] => {
        for (let at = element; at !== null; at = at.parentElement) {
          const color = channels(getComputedStyle(at).backgroundColor);
          if ((color[3] ?? 1) > 0.5) return color;
        }
        return [255, 255, 255];
      };
      let worst = { ratio: 21, text: '' };
      for (const element of document.querySelectorAll('body *')) {
        const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && (node.textContent ?? '').trim() !== '');
        if (own.length === 0 || !element.checkVisibility() || element.closest('.hidden, .skip, script') !== null) continue;
        const [a, b] = [luminance(channels(getComputedStyle(element).color)), luminance(behind(element))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < worst.ratio) worst = { ratio, text: `${element.className} ${(own[0]?.textContent ?? '').slice(0, 40)}` };
      }
      return worst;
    });

  test.each(['light', 'dark'] as const)('%s: all text can be read', async (colorScheme) => {
    const mixed = reportOf([...fullReport.failures, fsdpFailure()], {
      clues: zero3Clues,
      unclaimed: fullReport.unclaimed,
      unreadable: fullReport.unreadable,
    });
    const { page } = await show(mixed, { colorScheme });
    await openAll(page);
    const { ratio, text } = await worstContrast(page);
    expect(ratio, text).toBeGreaterThanOrEqual(4.5);
  });

  test('the page follows the system, and the button overrules it', async () => {
    const background = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const { page } = await show(zero3, { colorScheme: 'dark' });
    expect(await background(page)).toBe('rgb(20, 23, 28)');
    await page.locator('#theme').click();
    expect(await background(page)).toBe('rgb(255, 255, 255)');
  });
});

test.each([320, 390, 768, 1280])('%i pixels wide: nothing sticks out of the page', async (width) => {
  for (const report of [fullReport, hostileReport(), reportOf([largeFailure()])]) {
    const { page } = await show(report, { viewport: { width, height: 800 } });
    await openAll(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
  }
});

test('on paper there are no buttons, and every remedy is open', async () => {
  const { page } = await show(zero3, { colorScheme: 'dark' });
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  expect(await page.locator('button:visible, input:visible').count()).toBe(0);
  expect(await page.locator('.remedies .cost:visible').count()).toBe(2);
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(255, 255, 255)');
});

test('without script the report reads whole, and nothing is offered that needs script', async () => {
  const { page, complaints } = await show(zero3, { javaScriptEnabled: false });
  expect(await page.locator('h2').textContent()).toContain('had already partitioned the model');
  expect(await page.locator('.matrix td.cell').first().isVisible()).toBe(true);
  expect(await page.locator('button:visible, input:visible').count()).toBe(0);
  await page.locator('.tree > summary').click();
  expect(await page.locator('.tree .leaf').first().isVisible()).toBe(true);
  expect(complaints.filter((line) => !line.includes('Blocked script execution'))).toEqual([]);
});
