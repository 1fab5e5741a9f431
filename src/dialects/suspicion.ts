/**
 * What looks like a load failure although no dialect reads it: such a line is reported as unclaimed, never dropped. Kept narrow: words that
 * only loaders use, or two shapes beside the words for both sides.
 */
const WORDS =
  /size mismatch for |shape mismatch (?:for|in)|copying a param|in loading state_dict for |(?:Missing|Unexpected) key\(s\) in state_dict|found shape (?:(?!found shape ).)* in the checkpoint|do(?:es)? not match (?:the )?(?:shape|checkpoint)|state_dict (?:size|shape) mismatch/i;
const TWO_SHAPES = /\[\d[\d, ]*\].*\[\d[\d, ]*\]|\(\d[\d, ]*\).*\(\d[\d, ]*\)/;
const SIDES = /checkpoint|state[ _]dict|pretrained weight/i;
const DIFFER = /mismatch|not match|incompatible|differ|expected|wrong (?:shape|size)/i;

/** Source lines echoed by a traceback, a warning or a box: they hold the words with braces or quotes around, but no names. */
const SOURCE =
  /raise \w+|\.format\(|\bf?["'][^"']*\{\}?|\{self\.|\{key\}|error_msgs|warnings?\.warn|logger\.\w+\(|print\(|^\s*[#│❱]|\\n\\t/;

/** Shape errors of a forward pass are no load failures (`size mismatch, m1: [4 x 768]`, `got input`, `mat1 and mat2`). */
const FORWARD = /got input|m1: \[|mat1|vec \(|cannot be multiplied/;

/** One of them stands on every line that looks like a load failure; the scanner searches for them too, so that none is passed over. */
export const SUSPICIOUS_WORDS = [
  'ismatch',
  'not match',
  'ncompatible',
  'copying a param',
  'state_dict',
  'found shape',
  'rong shape',
  'rong size',
  'differ',
  'xpected',
] as const;

export function looksLikeLoadFailure(text: string): boolean {
  if (!SUSPICIOUS_WORDS.some((word) => text.includes(word))) return false;
  if (SOURCE.test(text) || FORWARD.test(text)) return false;
  return WORDS.test(text) || (TWO_SHAPES.test(text) && SIDES.test(text) && DIFFER.test(text));
}

/** A person or a console left lines out of a list. */
export function isElision(text: string): boolean {
  return /^\s*(?:\.{3,}|…|\[\.{3}.*\]|\[…\]|<(?=[^>]*(?:omitted|truncated|snip))[^>]*>|\(?\d+ (?:more )?lines? (?:omitted|skipped|truncated)\)?)\s*$/i.test(
    text,
  );
}

/** A shell that waits, a process that tells how it ended, a sentence: what stands below a list where the log goes on with something else. */
const OTHER = /[$#%>❯]\s*$|exit(?:ed)? .{0,24}\d\s*$|^\s*[A-Z].* [a-z]+[.!]\s*$/;

/**
 * Whether the last line of a log, which no line feed ends, stops inside a list: at a comma, between quotes or brackets, or below the last item
 * at what may become another one. A log that somebody pasted lacks the last line feed as well, so that this alone says nothing.
 */
export function isBrokenOff(text: string, isRead: boolean): boolean {
  const last = text.slice(text.lastIndexOf('\n') + 1);
  if (isRead) return /[,[]\s*$/.test(last.slice(-80)) || count(last, '"') % 2 === 1;
  return !OTHER.test(last.slice(-200));
}

/** A list of quoted names over several lines in which a name has no end: something else stands where the list was to go on. */
export function isListBroken(text: string): boolean {
  return text.includes('\n') && count(text, '"') % 2 === 1;
}

function count(text: string, char: string): number {
  return text.split(char).length - 1;
}
