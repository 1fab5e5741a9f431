import type { LoadFailure } from '../../model/failure.js';
import { bufferOf } from './buffer-table.js';
import type { Drift } from './drift.js';
import { amount, firstNames, listed } from './telling.js';
import { bufferRemedies } from './untrained-buffers.js';

/** Only buffers differ by name, and each of them came or went in a known release. */
export function driftingBuffers(failure: LoadFailure): Drift | undefined {
  const { mismatches, missingKeys, unexpectedKeys, severity, complete } = failure;
  const keys = [...missingKeys, ...unexpectedKeys];
  const buffers = keys.map(bufferOf);
  if (keys.length === 0 || mismatches.length > 0 || buffers.some((buffer) => buffer?.changed === undefined)) return undefined;
  const kinds = [...new Set(buffers)].flatMap((buffer) => (buffer?.changed === undefined ? [] : [{ ...buffer, changed: buffer.changed }]));
  const hows = [...new Set(kinds.map(({ changed }) => `${changed.library} ${changed.how}`))];
  const what = listed([...new Set(kinds.map((kind) => kind.what))]);
  const side = unexpectedKeys.length > 0 ? 'in the checkpoint alone' : 'in the model alone';
  const harmless = severity === 'warning' && complete;
  return {
    title: `${harmless ? 'Harmless: ' : ''}${listed(hows)}; only ${what} stand ${side} (${amount(keys.length, 'key')}), and no trained weight is ${severity === 'warning' ? 'lost' : 'affected'}.`,
    confidence: complete ? 'certain' : 'likely',
    specificity: 60,
    explained: { mismatches: [], missingKeys, unexpectedKeys },
    evidence: kinds.map(({ name, source, changed }) => ({
      statement: `${firstNames(
        keys.filter((key) => name.test(key)),
        2,
      )}: ${changed.library} ${changed.how} (${source})`,
      at: failure.at,
    })),
    remedies: [...bufferRemedies(failure), ...(severity === 'error' ? [otherRelease(hows)] : [])],
    lossless: complete,
    afterwards: complete ? [] : ['The message stops early or was cut: parameters may be listed behind these buffers.'],
  };
}

function otherRelease(hows: readonly string[]) {
  return {
    title: 'Or use the release that belongs to the file',
    text: `${listed(hows)}. Where code of others calls a strict load, a release from before that change is the way round without an edit.`,
    cost: 'It holds back every other package that wants the newer one.',
  };
}
