import { randomBytes } from 'node:crypto';
import { chmod, lstat, open, rename, stat, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Writes a report beside its place and moves it there whole, so that a half-written file never stands where a whole one stood. A link that
 * lies at the place is replaced, not followed. A device or a pipe is written to as it is.
 * @throws what the system reports, the old file untouched
 */
export async function writeWhole(file: string, parts: Iterable<string>): Promise<void> {
  if (isNoPlaceForFiles(file) || (await isSpecial(file))) return writeFile(file, parts);
  // Short, so that it is no longer than the system allows wherever the file's own name is not.
  const draft = path.join(path.dirname(file), `.${randomBytes(6).toString('hex')}.part`);
  const mode = await modeOf(file);
  // `wx`: nobody can have laid a link at a name that did not exist.
  const handle = await open(draft, 'wx', mode ?? 0o666);
  try {
    try {
      for (const part of parts) await handle.writeFile(part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // What was closed to others stays closed, whatever the process's mask.
    if (mode !== undefined) await chmod(draft, mode);
    await rename(draft, file);
  } catch (error) {
    await unlink(draft).catch(() => {});
    throw error;
  }
}

/** `/dev/fd/3` names a file where the shell opened one: what is to be replaced is not the name. */
function isNoPlaceForFiles(file: string): boolean {
  return /^\/(?:dev\/(?!shm\/)|proc\/)/.test(file);
}

/** A thing that a file cannot replace: a device, a named pipe, a directory (which then says so itself). */
async function isSpecial(file: string): Promise<boolean> {
  try {
    return !(await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** Who may read and write the report that stands there; a link says nothing about it. */
async function modeOf(file: string): Promise<number | undefined> {
  const status = await lstat(file).catch(() => undefined);
  return status?.isFile() === true ? status.mode & 0o777 : undefined;
}
