/** The pipeline over dropped files; what cannot be read is recorded in the report, as the command line does. */
import { type Analysis, createAnalysis } from '../analyze.js';
import type { Report } from '../model/report.js';
import { createTranscoder } from '../sources/encoding.js';
import type { NamedBlob } from './messages.js';
import { openBlob } from './read-blob.js';

export interface BlobProgress {
  readonly name: string;
  /** Of all files together, as far as one can tell: of a packed one its unpacked bytes. */
  readonly bytes: number;
  readonly of: number;
  readonly failures: number;
}

export async function analyzeBlobs(inputs: readonly NamedBlob[], onProgress: (progress: BlobProgress) => void): Promise<Report> {
  const analysis = createAnalysis();
  const of = inputs.reduce((sum, { blob }) => sum + blob.size, 0);
  let before = 0;
  for (const input of inputs) {
    const start = before;
    await analyzeBlob(analysis, input, (bytes) => {
      onProgress({ name: input.name, bytes: Math.min(start + bytes, of), of, failures: analysis.failureCount() });
    });
    before += input.blob.size;
  }
  return analysis.report();
}

async function analyzeBlob(analysis: Analysis, { name, blob }: NamedBlob, onBytes: (bytes: number) => void): Promise<void> {
  const source = analysis.source(name);
  const text = createTranscoder(source.push);
  let compression: string | undefined;
  let bytes = 0;
  try {
    const content = await openBlob(blob);
    compression = content.compression;
    for await (const chunk of content.chunks) {
      bytes += chunk.length;
      text.push(chunk);
      onBytes(bytes);
    }
  } catch (error) {
    analysis.unreadable({ name, reason: error instanceof Error ? error.message : String(error) });
  }
  text.end();
  const encoding = text.encoding();
  source.end({
    bytes: blob.size,
    ...(compression === undefined ? {} : { compression }),
    ...(encoding === 'utf-8' ? {} : { encoding }),
  });
}
