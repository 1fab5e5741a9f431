/** The whole list of a failure as plain lines for a fenced block: by group, with or without the names of its members. */
import { formatPlace } from '../model/place.js';
import type { ReportedFailure } from '../model/report.js';
import { describeName, formatPair, formatRanks } from './wording.js';

export function listGroups(failure: ReportedFailure): readonly string[] {
  return failure.groups.map((group) => `${group.count} x ${describeName(group.pattern)}  ${formatPair(group)}`);
}

/** A group of one is its own member. */
export function listMembers(failure: ReportedFailure): readonly string[] {
  return failure.groups.flatMap((group) => {
    const members = group.members.map((position) => describeMember(failure, position));
    const [only] = members;
    if (members.length === 1 && only !== undefined) return [`1 x ${describeName(group.pattern)}  ${formatPair(group)}  (${only.place})`];
    return [
      `${group.count} x ${describeName(group.pattern)}  ${formatPair(group)}`,
      ...members.map(({ name, place }) => `    ${name}  (${place})`),
    ];
  });
}

function describeMember(failure: ReportedFailure, position: number): { readonly name: string; readonly place: string } {
  const mismatch = failure.mismatches[position];
  if (mismatch === undefined) return { name: '(unknown)', place: '?' };
  const ranks = mismatch.ranks === undefined ? '' : `, only ${formatRanks(mismatch.ranks)}`;
  return {
    name: describeName(mismatch.parameter),
    place: `${mismatch.at.source === failure.at.source ? `line ${mismatch.at.line}` : formatPlace(mismatch.at)}${ranks}`,
  };
}
