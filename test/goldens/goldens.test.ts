import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ckptDoctor } from '../cli/fake-io.js';

/** Whole reports as people see them, few and small enough to read in a review. `npm run goldens` writes them anew; read the difference. */
const CASES = [
  'zero3-partitioned-model--projector-of-another-width-behind-the-placeholders',
  'vocab-resized--one-token-added-before-saving',
  'key-prefix--two-networks-in-the-file-and-nothing-loaded',
  'truncated-checkpoint--pointer-in-place-of-the-weights',
];

const cwd = fileURLToPath(new URL('../cases', import.meta.url));

describe.each(CASES)('%s', (name) => {
  it('in the terminal, as a transcript', async () => {
    const argv = [`${name}/input.log`];
    const { out, err, status } = await ckptDoctor(argv, { cwd, columns: 80 });
    const transcript = `$ ckpt-doctor ${argv.join(' ')}\n${out}${err}$ echo $?\n${status}\n`;
    await expect(transcript).toMatchFileSnapshot(`${name}/terminal.txt`);
  });

  it.each([
    ['markdown', 'report.md'],
    ['json', 'report.json'],
    ['jira', 'report.jira'],
    ['github', 'annotations.txt'],
    ['sarif', 'report.sarif'],
    ['junit', 'report.xml'],
  ])('as %s', async (format, file) => {
    const { out } = await ckptDoctor(['-f', format, `${name}/input.log`], { cwd });
    await expect(out).toMatchFileSnapshot(`${name}/${file}`);
  });
});
