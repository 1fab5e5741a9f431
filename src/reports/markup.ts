/**
 * What a ticket's markup must be able to say. The texts of a report are put together once and marked up by the target's own functions, so
 * that a ticket on GitHub and one in Jira tell the same. Arguments called `text` are log text or prose and get escaped; those called `markup`
 * are markup already.
 */
export interface Markup {
  /** Long content can be folded away; where it cannot, it is shortened. */
  readonly folds: boolean;
  readonly prose: (text: string) => string;
  /** Prose inside a table. */
  readonly cell: (text: string) => string;
  readonly code: (text: string) => string;
  /** Code inside a table. */
  readonly codeCell: (text: string) => string;
  /** Within a cell. */
  readonly lineBreak: string;
  readonly strong: (markup: string) => string;
  readonly heading: (level: 2 | 3 | 4, markup: string) => string;
  readonly bullets: (items: readonly string[]) => string;
  /** One item of a list that may hold a block. */
  readonly point: (markup: string, block?: string) => string;
  readonly step: (number: number, title: string, paragraphs: readonly string[]) => string;
  readonly block: (language: string, text: string) => string;
  readonly fold: (summary: string, content: string) => string;
  readonly table: (head: readonly string[], alignments: readonly ('left' | 'right')[], rows: readonly (readonly string[])[]) => string;
  readonly quote: (markup: string) => string;
  readonly small: (markup: string) => string;
}
