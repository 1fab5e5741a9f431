/** What the user named, resolved: a file to open, or the bytes of standard input. */
export type Input =
  | { readonly kind: 'file'; readonly path: string; readonly name: string }
  | { readonly kind: 'stdin'; readonly name: string };

/** A thing that was named and cannot be read; said as met, recorded in the report. */
export interface Unresolved {
  readonly name: string;
  readonly reason: string;
}
