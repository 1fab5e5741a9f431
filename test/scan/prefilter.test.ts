import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createAnalysis } from '../../src/analyze.js';

const CASES = fileURLToPath(new URL('../cases', import.meta.url));
const FILES = readdirSync(CASES, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.log') && statSync(`${CASES}/${file}`).size < 1 << 20)
  .sort();

function reportOf(bytes: Uint8Array, prefilter: boolean, chunk: number): string {
  const analysis = createAnalysis({ prefilter });
  const source = analysis.source('input.log');
  for (let at = 0; at < bytes.length; at += chunk) source.push(bytes.subarray(at, at + chunk));
  source.end();
  return JSON.stringify(analysis.report());
}

const STEP = `{'loss': 0.9134, 'grad_norm': 5.926981459, 'learning_rate': 4.605035996e-06, 'epoch': 0.06}\n`;

describe('a report', () => {
  it.each(FILES)('of %s is the same whether all lines are read or only those with words of interest', (file) => {
    const bytes = readFileSync(`${CASES}/${file}`);
    expect(reportOf(bytes, true, 1 << 20)).toBe(reportOf(bytes, false, 1 << 20));
    expect(reportOf(bytes, true, 61)).toBe(reportOf(bytes, false, 997));
  });

  it('is the same where the failures lie far apart', () => {
    const logs = FILES.slice(0, 40).map((file) => readFileSync(`${CASES}/${file}`, 'utf8'));
    const bytes = new TextEncoder().encode(logs.join(`\n${STEP.repeat(200)}`));
    expect(reportOf(bytes, true, 4096)).toBe(reportOf(bytes, false, 1 << 20));
  });
});
