import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cases, logsOf } from '../cases/read-case.js';

const SAMPLES = fileURLToPath(new URL('../../sample-logs/', import.meta.url));

export interface ValidLog {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The logs of all cases, file by file, and the samples that come with the program. */
export const validLogs: readonly ValidLog[] = [
  ...cases.flatMap((name) => logsOf(name).map(({ file, bytes }) => ({ name: `${name}/${file}`, bytes }))),
  ...readdirSync(SAMPLES).map((file) => ({ name: file, bytes: readFileSync(`${SAMPLES}${file}`) })),
].filter(({ bytes }) => bytes.length < 60_000);
