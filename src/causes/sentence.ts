/**
 * A statement as a sentence: a capital letter where it begins with a plain word, a full stop where it ends without one. What begins with a
 * name or a value stays as it is.
 */
export function sentence(text: string): string {
  const begun = text.replace(/^[a-z]{2,}(?=[ ,:])/, (word) => word.charAt(0).toUpperCase() + word.slice(1));
  return /[.!?:…]["')\]]?$/.test(begun) ? begun : `${begun}.`;
}
