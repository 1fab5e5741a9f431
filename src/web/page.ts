/** The page: takes a log by choosing, dropping or pasting, gives it to the worker, shows the report in a frame that can do nothing but show it. */
import { filesOf } from './dropped.js';
import type { FormatOffer, FromWorker, NamedBlob, ToWorker } from './messages.js';

/** Put in by the build: the worker's code, and a log to look at. */
declare const WORKER_CODE: string;
declare const SAMPLE_LOG: string;

function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${id}`);
  return found;
}

const start = byId('start', HTMLElement);
const form = byId('drop', HTMLFormElement);
const files = byId('files', HTMLInputElement);
const pasted = byId('pasted', HTMLTextAreaElement);
const reading = byId('reading', HTMLElement);
const progress = byId('progress', HTMLProgressElement);
const progressText = byId('progress-text', HTMLElement);
const result = byId('result', HTMLElement);
const mask = byId('mask', HTMLInputElement);
const format = byId('format', HTMLSelectElement);
const trouble = byId('trouble', HTMLElement);

const workerUrl = URL.createObjectURL(new Blob([WORKER_CODE], { type: 'text/javascript' }));
let worker = openWorker();
const extensions = new Map<string, string>();
/** What to do with the next rendering that arrives. */
let onRendered: ((text: string) => void) | undefined;

function openWorker(): Worker {
  const opened = new Worker(workerUrl);
  opened.onmessage = ({ data }: MessageEvent<FromWorker>) => receive(data);
  opened.onerror = (event) => fail(event.message);
  return opened;
}

function ask(message: ToWorker): void {
  worker.postMessage(message);
}

function show(part: HTMLElement): void {
  for (const each of [start, reading, result]) each.hidden = each !== part;
  document.body.classList.toggle('reported', part === result);
  trouble.hidden = true;
}

function fail(message: string): void {
  show(start);
  trouble.textContent = `That did not work: ${message}`;
  trouble.hidden = false;
}

function receive(message: FromWorker): void {
  switch (message.kind) {
    case 'ready':
      offer(message.formats);
      break;
    case 'progress':
      progress.value = message.of === 0 ? 0 : message.bytes / message.of;
      progressText.textContent = `${message.name}: ${size(message.bytes)} of ${size(message.of)} read, ${failuresSoFar(message.failures)}`;
      break;
    case 'report':
      show(result);
      showReport(message.html);
      byId('timing', HTMLElement).textContent = `${size(message.bytes)} in ${(message.milliseconds / 1000).toFixed(1)} s`;
      byId('again', HTMLButtonElement).focus();
      break;
    case 'rendered':
      onRendered?.(message.text);
      break;
    case 'trouble':
      fail(message.message);
  }
}

/** In a new frame each time: one that was hidden in between shows its next document blank in Chromium. */
function showReport(html: string): void {
  const old = byId('report', HTMLIFrameElement);
  const frame = old.cloneNode();
  if (!(frame instanceof HTMLIFrameElement)) return;
  frame.srcdoc = html;
  old.replaceWith(frame);
}

function offer(formats: readonly FormatOffer[]): void {
  if (extensions.size > 0) return;
  for (const { name, label, extension } of formats) {
    extensions.set(name, extension);
    format.add(new Option(label, name, name === 'html', name === 'html'));
  }
}

/** Each rank's message counts; the report tells how many failures they are. */
function failuresSoFar(messages: number): string {
  if (messages === 0) return 'no failed load so far';
  return messages === 1 ? 'one message about a failed load so far' : `${messages} messages about failed loads so far`;
}

function size(bytes: number): string {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function analyze(inputs: readonly NamedBlob[]): void {
  if (inputs.length === 0) return;
  progress.value = 0;
  progressText.textContent = 'Reading …';
  show(reading);
  ask({ kind: 'analyze', inputs, redact: mask.checked });
}

function analyzeText(text: string, name: string): void {
  if (text.trim() !== '') analyze([{ name, blob: new Blob([text]) }]);
}

function render(name: string, use: (text: string) => void): void {
  onRendered = use;
  ask({ kind: 'render', format: name, redact: mask.checked });
}

function save(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }));
  link.download = `ckpt-doctor-report${extensions.get(name) ?? '.txt'}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function copyForTicket(button: HTMLButtonElement, text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied as Markdown';
  } catch {
    button.textContent = 'Not allowed here: save instead';
  }
  setTimeout(() => {
    button.textContent = 'Copy for a ticket';
  }, 2500);
}

files.addEventListener('change', () => analyze([...(files.files ?? [])].map((file) => ({ name: file.name, blob: file }))));
form.addEventListener('submit', (event) => {
  event.preventDefault();
  analyzeText(pasted.value, 'pasted.log');
});
pasted.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) analyzeText(pasted.value, 'pasted.log');
});
document.addEventListener('paste', (event) => {
  if (event.target === pasted || start.hidden) return;
  analyzeText(event.clipboardData?.getData('text') ?? '', 'pasted.log');
});
byId('sample', HTMLButtonElement).addEventListener('click', () => analyzeText(SAMPLE_LOG, 'example.log'));

for (const name of ['dragenter', 'dragover']) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    form.classList.add('over');
  });
}
document.addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) form.classList.remove('over');
});
document.addEventListener('drop', (event) => {
  event.preventDefault();
  form.classList.remove('over');
  if (event.dataTransfer !== null) filesOf(event.dataTransfer).then(analyze, (error: unknown) => fail(String(error)));
});

byId('again', HTMLButtonElement).addEventListener('click', () => {
  files.value = '';
  show(start);
});
byId('cancel', HTMLButtonElement).addEventListener('click', () => {
  worker.terminate();
  worker = openWorker();
  show(start);
});
mask.addEventListener('change', () => render('html', showReport));
byId('save', HTMLButtonElement).addEventListener('click', () => render(format.value, (text) => save(format.value, text)));
byId('ticket', HTMLButtonElement).addEventListener('click', ({ currentTarget }) => {
  if (currentTarget instanceof HTMLButtonElement) render('markdown', (text) => void copyForTicket(currentTarget, text));
});
