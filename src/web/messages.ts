/** What the page and its worker say to each other. */
export interface NamedBlob {
  readonly name: string;
  readonly blob: Blob;
}

export interface FormatOffer {
  readonly name: string;
  readonly label: string;
  readonly extension: string;
}

export type ToWorker =
  | { readonly kind: 'analyze'; readonly inputs: readonly NamedBlob[]; readonly redact: boolean }
  /** The report of the last analysis again, in another format. */
  | { readonly kind: 'render'; readonly format: string; readonly redact: boolean };

export type FromWorker =
  | { readonly kind: 'ready'; readonly formats: readonly FormatOffer[] }
  | { readonly kind: 'progress'; readonly name: string; readonly bytes: number; readonly of: number; readonly failures: number }
  | { readonly kind: 'report'; readonly html: string; readonly bytes: number; readonly milliseconds: number }
  | { readonly kind: 'rendered'; readonly format: string; readonly text: string }
  | { readonly kind: 'trouble'; readonly message: string };
