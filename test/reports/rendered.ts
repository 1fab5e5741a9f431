/** Renders for the tests, with the options that most of them use. */
import type { Report } from '../../src/model/report.js';
import { formats, type RenderOptions } from '../../src/reports/index.js';

export const plain: RenderOptions = { color: false, width: 80, verbose: false, redact: false };

export async function render(format: string, report: Report, options: Partial<RenderOptions> = {}): Promise<string> {
  const found = formats.find(({ name }) => name === format);
  if (found === undefined) throw new Error(`no format ${format}`);
  const draw = await found.load();
  return draw(report, { ...plain, ...options });
}
