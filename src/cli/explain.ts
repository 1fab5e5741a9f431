import { readFile } from 'node:fs/promises';
import { CAUSE_IDS, type CauseId } from '../model/diagnosis.js';
import { type Io, UsageError } from './io.js';

/** The wings of the causes: where a page lies. */
const WINGS = ['sharding', 'vocabulary-and-adapters', 'architecture', 'layout-and-keys'] as const;

/** The page of a cause; without one, the list of all with a line each. */
export async function explain(name: string | undefined): Promise<string> {
  if (name === undefined) return listOfCauses();
  const cause = CAUSE_IDS.find((id) => id === name);
  if (cause === undefined) throw new UsageError(unknownCause(name));
  return pageOf(cause);
}

async function listOfCauses(): Promise<string> {
  const width = Math.max(...CAUSE_IDS.map((id) => id.length));
  const lines = await Promise.all(CAUSE_IDS.map(async (id) => `${id.padEnd(width)}  ${summaryOf(await pageOf(id))}`));
  return `${lines.join('\n')}\n`;
}

/** A page begins with its name as a heading and one plain sentence. */
function summaryOf(page: string): string {
  return (
    page
      .split('\n')
      .slice(1)
      .find((line) => line.trim() !== '') ?? ''
  );
}

async function pageOf(cause: CauseId): Promise<string> {
  for (const wing of WINGS) {
    const page = await readFile(new URL(`../causes/${wing}/${cause}.md`, import.meta.url), 'utf8').catch(() => undefined);
    if (page !== undefined) return page;
  }
  throw new Error(`the page of ${cause} is missing from this installation`);
}

function unknownCause(name: string): string {
  const near = CAUSE_IDS.filter((id) => id.includes(name) || name.includes(id));
  const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'ckpt-doctor explain lists all';
  return `no cause is called ${JSON.stringify(name)}; ${hint}`;
}

/** Why a cause fired or declined, failure by failure: for whoever doubts a diagnosis or writes a cause. */
export async function explainOnLogs(name: string, paths: readonly string[], io: Io): Promise<string> {
  if (!CAUSE_IDS.some((id) => id === name)) throw new UsageError(unknownCause(name));
  const { diagnoseInputs } = await import('./diagnose.js');
  const { failures } = await diagnoseInputs({ paths, quiet: false }, io);
  if (failures.length === 0) return 'No load failure was found, so no cause was asked.\n';
  return failures
    .map((failure) => {
      const where = `${failure.at.source}:${failure.at.line}`;
      const place = failure.diagnoses.findIndex(({ cause }) => cause === name);
      const fired = failure.diagnoses[place];
      if (fired === undefined)
        return `${where}: declined, because ${failure.declined.find(({ cause }) => cause === name)?.reason ?? 'it was not asked'}\n`;
      const { mismatches, of } = fired.explains;
      const evidence = fired.evidence.map(({ statement }) => `  - ${statement}\n`).join('');
      return `${where}: fires as number ${place + 1} of ${failure.diagnoses.length}, ${fired.confidence}, explains ${mismatches} of ${of} mismatches\n  ${fired.title}\n${evidence}`;
    })
    .join('');
}
