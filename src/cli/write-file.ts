import { randomBytes } from 'node:crypto';
import { open, rename, stat, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Writes a report beside its place and moves it there whole, so that a half-written file never stands where a whole one stood. A link that
 * lies at the place is replaced, not followed. A device or a pipe is written to as it is.
 * @throws what the system reports, the old file untouched
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  if (await isSpecial(file)) return writeFile(file, text);
  const draft = path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString('hex')}.part`);
  // `wx`: nobody can have laid a link at a name that did not exist.
  const handle = await open(draft, 'wx', 0o666);
  try {
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await unlink(draft).catch(() => {});
    throw error;
  }
}

/** A thing that a file cannot replace: `/dev/stdout`, a named pipe, a directory (which then says so itself). */
async function isSpecial(file: string): Promise<boolean> {
  try {
    return !(await stat(file)).isFile();
  } catch {
    return false;
  }
}
