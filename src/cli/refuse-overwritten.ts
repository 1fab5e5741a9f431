import { lstat, stat } from 'node:fs/promises';
import type { Input } from '../sources/input.js';
import { UsageError } from './io.js';

/**
 * A report never takes the place of a log that is read, whatever way each of them is named; a link at the place is replaced, not followed.
 * @throws UsageError
 */
export async function refuseOverwritten(inputs: readonly Input[], outputs: readonly string[]): Promise<void> {
  if (outputs.length === 0) return;
  const written = new Set(await identitiesOf(outputs, lstat));
  const identities = await identitiesOf(inputs.map(pathOf), stat);
  const lost = inputs.find((input, index) => {
    const identity = identities[index];
    return (identity !== undefined && written.has(identity)) || outputs.includes(pathOf(input));
  });
  if (lost !== undefined) throw new UsageError(`--output ${lost.name}: this file is an input; the report would overwrite the log`);
}

function pathOf(input: Input): string {
  return input.kind === 'file' ? input.path : '/dev/stdin';
}

/** Device and number of each regular file; `undefined` for everything else. One after the other: descriptors may be few. */
async function identitiesOf(paths: readonly string[], look: typeof stat): Promise<readonly (string | undefined)[]> {
  const identities: (string | undefined)[] = [];
  for (const path of paths) {
    const status = await look(path).catch(() => undefined);
    identities.push(status?.isFile() === true ? `${status.dev}:${status.ino}` : undefined);
  }
  return identities;
}
