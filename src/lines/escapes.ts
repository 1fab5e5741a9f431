/** Terminal control: CSI sequences (colours, cursor), OSC strings (titles, links), two-byte escapes, and control bytes other than tab. */
const CONTROL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]|[\u0000-\u0008\u000b-\u001f\u007f\u0080-\u009f]/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const HAS_CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** The text as a terminal would show it, without colour. */
export function withoutControls(text: string): string {
  return HAS_CONTROL.test(text) ? text.replace(CONTROL, '') : text;
}

/** rsyslog and SageMaker write control characters as `#` and three octal digits: `#011` is a tab, `#033` the escape byte. */
export function withoutOctal(text: string): string {
  return text.includes('#0')
    ? text.replace(/#0([0-3][0-7])/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
    : text;
}

const ESCAPED_BREAK =
  /\\n(?:\\t|\s|\\r|\\u001b\[[0-9;]*m)*(?:size mismatch|Missing key|Unexpected key|While copying|Error\(s\)|Traceback|File |Runtime|Expects |Please make sure|- |torch\.)/;

/** True for `repr()` of an exception and for text that was escaped once more: `\n` stands as two characters in front of known words. */
export function isEscapedText(text: string): boolean {
  return text.includes('\\n') && ESCAPED_BREAK.test(text);
}

/** Undoes one level of backslash escapes; source lines that a traceback echoes are not touched, because they hold no message. */
export function unescapeText(text: string): string {
  return text.replace(/\\(n|t|r|"|'|\\|u([0-9a-fA-F]{4}))/g, (_, what: string, hex: string | undefined) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return { n: '\n', t: '\t', r: '\r' }[what] ?? what;
  });
}

/** `rich` draws tracebacks inside a box. */
function withoutBox(text: string): string {
  if (!text.startsWith('│')) return text;
  const inside = text.replace(/^(?:│ ?)+/, '');
  return inside.endsWith('│') ? inside.slice(0, -1).trimEnd() : inside;
}

/** A line as its reader saw it. */
export function shown(raw: string): string {
  return withoutBox(withoutControls(withoutOctal(raw)));
}
