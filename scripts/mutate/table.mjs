const STATES = ['killed', 'timeout', 'survived', 'uncovered', 'loading'];

/** A row per folder and, where a folder has few, per file. `loading`: made while files load and not tried. */
export function tableOf(mutants) {
  const folders = new Map();
  for (const mutant of mutants) {
    for (const name of [mutant.file, mutant.file.split('/').slice(0, 2).join('/')]) {
      const counts = folders.get(name) ?? Object.fromEntries(STATES.map((state) => [state, 0]));
      counts[mutant.status]++;
      folders.set(name, counts);
    }
  }
  const rows = [...folders].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, counts]) => rowOf(name, counts));
  return [headOf(), ...rows].join('\n');
}

const headOf = () => `${'% killed'.padStart(8)}${['mutants', ...STATES].map((name) => name.padStart(10)).join('')}  of`;

function rowOf(name, counts) {
  const sum = STATES.reduce((total, state) => total + counts[state], 0);
  const killed = counts.killed + counts.timeout;
  const share = sum === counts.loading ? '–' : ((100 * killed) / (sum - counts.loading)).toFixed(1);
  return `${share.padStart(8)}${[sum, ...STATES.map((state) => counts[state])].map((count) => String(count).padStart(10)).join('')}  ${name}`;
}
