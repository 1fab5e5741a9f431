/** The files of a drop: those that were dropped, and those in a dropped folder that a person would call a log. */
import type { NamedBlob } from './messages.js';

const LOG_LIKE = /\.(?:log|out|err|txt|stdout|stderr|jsonl)(?:\.gz|\.\d)?$|^(?:stdout|stderr|output|logs?)(?:\.\d)?$/i;
/** More is no longer a run. */
const FILES_MAX = 5000;

export async function filesOf(transfer: DataTransfer): Promise<readonly NamedBlob[]> {
  // The list is empty as soon as the event is over: everything is taken before the first wait.
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  const plain = [...transfer.files].map((file) => ({ name: file.name, blob: file }));
  if (!entries.some((entry) => entry.isDirectory)) return plain;
  const found: NamedBlob[] = [];
  for (const entry of entries) await walk(entry, found, true);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function walk(entry: FileSystemEntry, found: NamedBlob[], named: boolean): Promise<void> {
  if (found.length >= FILES_MAX) return;
  if (isFile(entry)) {
    if (!named && !LOG_LIKE.test(entry.name)) return;
    const blob = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    found.push({ name: entry.fullPath.replace(/^\//, ''), blob });
  } else if (isDirectory(entry)) {
    for (const child of await childrenOf(entry)) await walk(child, found, false);
  }
}

/** A reader gives a hundred at a time. */
async function childrenOf(directory: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = directory.createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return children;
    children.push(...some);
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isDirectory(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
