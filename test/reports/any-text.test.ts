/** Whatever the log holds, the structure of each format is the one that harmless text has. */
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { describe, expect, test, vi } from 'vitest';
import { render } from './rendered.js';
import { hostileReport } from './report-builder.js';

vi.setConfig({ testTimeout: 60_000 });

/** Text as logs have it, and signs that mean something somewhere, in any order. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        ...'<>&"\'`|\\[]{}()*_#@!:%,;=~^$-+.\n\r\t\0 ab1'.split(''),
        '</',
        '<!--',
        ']]>',
        '::',
        '```',
        '{{',
        '](',
        '\u202e',
        '\ud800',
      ),
      { minLength: 1, maxLength: 25 },
    )
    .map((parts) => parts.join('')),
);

const options = { maxSize: 10_000_000, verbose: true };

function elements(xml: string): readonly string[] {
  const names: string[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name }) => void names.push(name));
  parser.write(xml).close();
  return names;
}

/** Elements of the page but for those that depend on how long a name is or what it is made of. */
function tags(page: string): readonly string[] {
  const body = page.slice(page.indexOf('<body>')).replace(/<script>[\s\S]*?<\/script>/g, '');
  return (body.match(/<[^>]*>/g) ?? [])
    .filter((tag) => !/^<\/?(?:wbr|code|details|summary|table|thead|tbody|tr|t[dh]|caption|div|ul|li|p|span|section|h3)\b/.test(tag))
    .map((tag) => tag.replace(/"[^"]*"/g, '""'));
}

describe('any text', () => {
  const check = (format: string, claim: (text: string, plain: string) => void): Promise<void> =>
    fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        claim(await render(format, hostileReport(text), options), await render(format, hostileReport('plain'), options));
      }),
      { numRuns: 60 },
    );

  test('junit: the same elements', () => check('junit', (text, plain) => expect(elements(text)).toEqual(elements(plain))));

  test('html: no element of its own', () => check('html', (text, plain) => expect(new Set(tags(text))).toEqual(new Set(tags(plain)))));

  test('sarif: JSON with as many results', () =>
    check('sarif', (text, plain) => expect(JSON.parse(text).runs[0].results.length).toBe(JSON.parse(plain).runs[0].results.length)));

  test('github: as many lines, each beginning the same', () =>
    check('github', (text, plain) =>
      expect(text.split('\n').map((line) => line.slice(0, 8))).toEqual(plain.split('\n').map((line) => line.slice(0, 8))),
    ));

  test.each(['terminal', 'markdown', 'jira', 'html', 'junit', 'sarif', 'github', 'json'])('%s: no control character', (format) =>
    check(format, (text) => expect(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.exec(text.replaceAll('\n', ''))).toBeNull()),
  );
});
