import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createAnalysis } from '../../src/analyze.js';
import type { CauseId } from '../../src/model/diagnosis.js';
import type { Report } from '../../src/model/report.js';

/** What a person expects of a case; written by hand, never by the program. */
export interface Facts {
  readonly exitStatus: 0 | 1 | 2;
  readonly failures: readonly {
    readonly modelClass?: string;
    readonly mismatches: number;
    readonly missingKeys: number;
    readonly unexpectedKeys: number;
    /** Absent where the case is about facts alone; `null` where the honest verdict is "unknown". */
    readonly firstCause?: CauseId | null;
    readonly complete: boolean;
    readonly ranks?: readonly number[];
    readonly groups?: readonly string[];
    readonly origin?: string;
    /** Some mismatches in full: where the true sides are the point. */
    readonly shapes?: readonly (readonly [parameter: string, checkpointShape: readonly number[], modelShape: readonly number[]])[];
    /** Causes that must stand somewhere in the list too. */
    readonly alsoSays?: readonly CauseId[];
  }[];
  /** Causes that must not stand first in any failure. */
  readonly mustNotSay?: readonly CauseId[];
}

const ROOT = fileURLToPath(new URL('.', import.meta.url));

/** The folders of all cases. */
export const cases: readonly string[] = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

export function factsOf(name: string): Facts {
  return JSON.parse(readFileSync(`${ROOT}${name}/facts.json`, 'utf8'));
}

/** The logs of a case, in the order in which they are read. */
export function logsOf(name: string): readonly { readonly file: string; readonly bytes: Uint8Array }[] {
  const files = readdirSync(`${ROOT}${name}`).filter((file) => file.endsWith('.log'));
  return files.sort().map((file) => ({ file, bytes: readFileSync(`${ROOT}${name}/${file}`) }));
}

/** The logs on the page of a cause. */
export function pageLogs(cause: CauseId): readonly { readonly file: string; readonly bytes: Uint8Array }[] {
  const wings = `${ROOT}../../src/causes`;
  const file = readdirSync(wings).map((wing) => `${wings}/${wing}/${cause}.md`).find((path) => existsSync(path));
  const page = readFileSync(file ?? `the page of ${cause}`, 'utf8');
  return [...page.matchAll(/```log\n(.*?)```/gs)].map(([, log = '']) => ({ file: 'page.log', bytes: new TextEncoder().encode(log) }));
}

export function analyze(logs: readonly { readonly file: string; readonly bytes: Uint8Array }[], prefilter = true, chunk = Number.POSITIVE_INFINITY): Report {
  const analysis = createAnalysis({ prefilter });
  for (const { file, bytes } of logs) {
    const source = analysis.source(file);
    for (let start = 0; start < bytes.length; start += chunk) source.push(bytes.subarray(start, start + chunk));
    source.end();
  }
  return analysis.report();
}
