const PLAIN = /^[ !#-[\]-~]*$/;

/** A string as JSON writes it, with nothing in it that a terminal or an editor would act upon. */
export function escapeText(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : escapeInvisible(JSON.stringify(text));
}

/** `JSON.stringify` leaves DEL, C1, bidirectional marks and separators as they are; inside strings, where alone they stand, the escape means the same. */
function escapeInvisible(text: string): string {
  return text.replace(/[\p{Cf}\u007F-\u009F\u2028\u2029\uFFFE\uFFFF]/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`).join(''),
  );
}
