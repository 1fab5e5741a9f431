/** Where ranks see other shapes of one parameter: parameters against ranks, ranks that see all alike in one column. Pure data. */
import type { ReportedFailure } from '../model/report.js';
import { formatShape } from '../model/shape.js';

export interface RankTable {
  /** Each is a set of ranks that print the same. */
  readonly columns: readonly (readonly number[])[];
  readonly rows: readonly { readonly name: string; readonly checkpoint: string; readonly shapes: readonly string[] }[];
  readonly columnsLeftOut: number;
  readonly rowsLeftOut: number;
}

/** What a rank that did not print the parameter has in its cell. */
export const NOT_PRINTED = 'not printed';

/** `undefined` where all ranks print the same, or the log does not tell who printed what. */
export function readRankTable(
  failure: ReportedFailure,
  limits: { readonly rows: number; readonly columns: number },
): RankTable | undefined {
  const { ranks, mismatches } = failure;
  if (ranks.length < 2 || mismatches.every((mismatch) => mismatch.ranks === undefined)) return undefined;
  const shapes = new Map<string, { readonly checkpoint: string; readonly model: Map<number, string> }>();
  for (const { parameter, checkpointShape, modelShape, ranks: only } of mismatches) {
    if (parameter === undefined || only === undefined) continue;
    const row = shapes.get(parameter) ?? { checkpoint: formatShape(checkpointShape), model: new Map<number, string>() };
    for (const rank of only) row.model.set(rank, formatShape(modelShape));
    shapes.set(parameter, row);
  }
  if (shapes.size === 0) return undefined;
  const rows = [...shapes].slice(0, limits.rows);
  const alike = new Map<string, number[]>();
  for (const rank of ranks) {
    const key = rows.map(([, { model }]) => model.get(rank) ?? '').join('|');
    alike.set(key, [...(alike.get(key) ?? []), rank]);
  }
  const columns = [...alike.values()].slice(0, limits.columns);
  return {
    columns,
    rows: rows.map(([name, { checkpoint, model }]) => ({
      name,
      checkpoint,
      shapes: columns.map(([rank = 0]) => model.get(rank) ?? NOT_PRINTED),
    })),
    columnsLeftOut: alike.size - columns.length,
    rowsLeftOut: shapes.size - rows.length,
  };
}
