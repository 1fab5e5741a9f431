import type { Report } from '../model/report.js';

export type ExitStatus = 0 | 1 | 2;

/** 0: everything was read, no load failure. 1: at least one. 2: something could not be read, which wins. It depends on the report alone. */
export function exitStatusOf({ failures, unreadable }: Pick<Report, 'failures' | 'unreadable'>, exitZero: boolean): ExitStatus {
  if (unreadable.length > 0) return 2;
  return failures.length > 0 && !exitZero ? 1 : 0;
}
