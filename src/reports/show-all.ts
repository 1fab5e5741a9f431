/** The command that shows everything a short report leaves out. */
import type { Report } from '../model/report.js';

const NAMES_SHOWN = 3;

export function showAllCommand(report: Report): string {
  const names = report.sources.map(({ name }) => name);
  if (names.length === 0 || names.length > NAMES_SHOWN) return 'ckpt-doctor --verbose LOG…';
  return `ckpt-doctor --verbose ${names.map(quote).join(' ')}`;
}

/** For a POSIX shell, where a name needs it. */
function quote(name: string): string {
  return /^[\w@%+=:,./-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}
