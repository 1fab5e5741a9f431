/** Where something stands: the name of the source as the user gave it, and the line as `grep -n` counts it (from 1, by line feeds). */
export interface Place {
  readonly source: string;
  readonly line: number;
}

export function formatPlace(at: Place): string {
  return `${at.source}:${at.line}`;
}
