/** How amounts and names read inside the sentences of this wing; the same on every machine. */

/** `1 key`, `145 keys` */
export function amount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c` */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** The first few names in quotes, and how many more there are. */
export function firstNames(names: readonly string[], atMost = 3): string {
  const shown = names.slice(0, atMost).map((name) => `\`${name}\``);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : listed(shown);
}

/** What is loaded, as Python code names it: the path where the log prints one. */
export function pathInCode(checkpoint: string | undefined): string {
  return checkpoint === undefined ? 'PATH' : JSON.stringify(checkpoint);
}

/** The model as a sentence names it. */
export function modelInText(modelClass: string | undefined): string {
  return modelClass === undefined ? 'the model' : `\`${modelClass}\``;
}

/** What is loaded, as a shell command names it. */
export function pathInShell(checkpoint: string | undefined): string {
  return checkpoint === undefined ? 'FILE' : `'${checkpoint.replaceAll("'", String.raw`'\''`)}'`;
}

/** The same sentence with a capital letter in front. */
export function capital(sentence: string): string {
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`;
}
