import type { Case } from '../model/diagnosis.js';
import type { LoadFailure } from '../model/failure.js';

/** No parameter's name is longer: it is text that somebody put into a log, and time that causes take grows with the square of a name. */
const LONGEST = 300;

/** What causes look at: the failure with names that are no names cut. Positions and counts stay what they are. */
export function withShortNames(subject: Case): Case {
  const { failure } = subject;
  return isShort(failure) ? subject : { ...subject, failure: shortened(failure) };
}

function isShort({ mismatches, missingKeys, unexpectedKeys }: LoadFailure): boolean {
  const fits = (name: string) => name.length <= LONGEST;
  return mismatches.every(({ parameter = '' }) => fits(parameter)) && missingKeys.every(fits) && unexpectedKeys.every(fits);
}

function shortened(failure: LoadFailure): LoadFailure {
  const { mismatches, missingKeys, unexpectedKeys, groups, families } = failure;
  return {
    ...failure,
    mismatches: mismatches.map((each) => (each.parameter === undefined ? each : { ...each, parameter: cut(each.parameter) })),
    missingKeys: missingKeys.map(cut),
    unexpectedKeys: unexpectedKeys.map(cut),
    groups: groups.map((group) => ({ ...group, pattern: cut(group.pattern) })),
    families: families.map((family) => ({ ...family, pattern: cut(family.pattern) })),
  };
}

function cut(name: string): string {
  return name.length > LONGEST ? name.slice(0, LONGEST) : name;
}
