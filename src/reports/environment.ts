/** What the log tells about the run, as rows of a table: the clues, one row per subject, with the line that told it. */
import type { Clue } from '../model/clue.js';
import type { Place } from '../model/place.js';

export interface EnvironmentRow {
  readonly subject: string;
  /** Distinct values in the order of the log, each with the line that told it first. */
  readonly values: readonly { readonly value: string; readonly at: Place }[];
}

export function readEnvironment(clues: readonly Clue[]): readonly EnvironmentRow[] {
  const rows = new Map<string, Map<string, Place>>();
  for (const clue of clues) {
    const [subject, value] = nameAndValue(clue);
    const values = rows.get(subject) ?? new Map<string, Place>();
    if (!values.has(value)) values.set(value, clue.at);
    rows.set(subject, values);
  }
  return [...rows].map(([subject, values]) => ({
    subject,
    values: [...values].flatMap(([value, at]) => (isOnlySuggested(value, values) ? [] : [{ value, at }])),
  }));
}

/** A sign says nothing beside the proof. */
function isOnlySuggested(value: string, values: ReadonlyMap<string, Place>): boolean {
  const [plain = ''] = value.split(/ \((?:suggested|weak sign)\)$/);
  return plain !== value && values.has(plain);
}

/** `strong` needs no word; what only suggests a stage or a library is said to do so. */
function hedge(strength: 'strong' | 'medium' | 'weak'): string {
  return strength === 'strong' ? '' : strength === 'medium' ? ' (suggested)' : ' (weak sign)';
}

function nameAndValue(clue: Clue): readonly [subject: string, value: string] {
  switch (clue.kind) {
    case 'zero-stage':
      return ['ZeRO stage', `${clue.stage}${hedge(clue.strength)}`];
    case 'zero-init':
      return ['deepspeed.zero.Init', clue.parameters === undefined ? 'was active' : `was active, ${clue.parameters} parameters so far`];
    case 'engine-live':
      return ['DeepSpeed engine', 'already initialised'];
    case 'persistence-threshold':
      return ['stage3_param_persistence_threshold', String(clue.elements)];
    case 'sharding-library':
      return ['Sharding library', `${clue.library}${hedge(clue.strength)}`];
    case 'launcher':
      return ['Launcher', clue.name];
    case 'world-size':
      return ['World size', String(clue.size)];
    case 'command-line':
      return ['Command line', clue.command];
    case 'version':
      return ['Versions', `${clue.library} ${clue.version}`];
    case 'phase':
      return ['Phase', clue.phase];
    case 'option':
      return ['Options', `${clue.name}=${clue.value}`];
    case 'library-hint':
      return ['Advice printed by a library', clue.hint];
    case 'warning':
      return ['Warnings in the log', clue.topic.replaceAll('-', ' ')];
    case 'project':
      return ['Project', clue.name];
  }
}
