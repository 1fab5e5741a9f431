/**
 * The tables of the program's own literals, which cost as much to make as a small log to read. The build makes them and puts the reading
 * of their file in the place of this module; `undefined` elsewhere.
 */
export function preparedTables(): Uint8Array | undefined {
  return undefined;
}
