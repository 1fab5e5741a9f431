/** Reads and diagnoses beside the page, which stays alive meanwhile; keeps the last report so that it can be saved in any format. */
import type { Report } from '../model/report.js';
import { analyzeBlobs, type BlobProgress } from './analyze-blobs.js';
import { renderForWeb, webFormats } from './formats.js';
import type { FromWorker, ToWorker } from './messages.js';

/** A page that is told more often only paints more often. */
const PROGRESS_EVERY_MS = 100;

let last: Report | undefined;

function say(message: FromWorker): void {
  self.postMessage(message);
}

function createThrottle(): (progress: BlobProgress) => void {
  let told = 0;
  return (progress) => {
    const now = performance.now();
    if (now - told < PROGRESS_EVERY_MS) return;
    told = now;
    say({ kind: 'progress', ...progress });
  };
}

function render(format: string, redact: boolean): string {
  if (last === undefined) throw new Error('there is no report yet');
  return renderForWeb(last, format, redact);
}

async function handle(message: ToWorker): Promise<void> {
  if (message.kind === 'render') {
    say({ kind: 'rendered', format: message.format, text: render(message.format, message.redact) });
    return;
  }
  const started = performance.now();
  last = await analyzeBlobs(message.inputs, createThrottle());
  const html = render('html', message.redact);
  const bytes = message.inputs.reduce((sum, { blob }) => sum + blob.size, 0);
  say({ kind: 'report', html, bytes, milliseconds: performance.now() - started });
}

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  handle(data).catch((error: unknown) => say({ kind: 'trouble', message: error instanceof Error ? error.message : String(error) }));
};

say({ kind: 'ready', formats: webFormats.map(({ name, label, extension }) => ({ name, label, extension })) });
