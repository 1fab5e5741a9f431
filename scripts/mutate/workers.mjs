// Processes that try mutants: one at a time, replaced when a mutant hangs or takes all memory.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));
/** One mutant takes a second or two where nothing kills it. */
const PATIENCE_MILLISECONDS = 60_000;

/** The only answer to a task. */
export function ask(bundle, task) {
  return new Promise((resolve, reject) => {
    const worker = open(bundle, task);
    worker.once('message', resolve);
    worker.once('exit', (status) => status !== 0 && reject(new Error(`the tests ended with status ${status}`)));
  });
}

/** The mutants with their status. A process that does not answer is ended, and another goes on behind the mutant that it hung on. */
export async function tryAll(bundle, task, mutants) {
  const answers = new Map();
  for (let left = mutants; left.length > 0; left = left.filter(({ id }) => !answers.has(id))) {
    const hung = await run(bundle, { ...task, ids: left.map(({ id }) => id) }, answers);
    if (hung !== undefined) answers.set(hung, { status: 'timeout' });
    else if (!answers.has(left[0].id)) throw new Error('the tests do not load');
  }
  return mutants.map((mutant) => ({ ...mutant, ...answers.get(mutant.id) }));
}

function run(bundle, task, answers) {
  return new Promise((resolve) => {
    const worker = open(bundle, task);
    let started;
    let watch;
    worker.on('message', ({ started: next, id, ...answer }) => {
      clearTimeout(watch);
      watch = setTimeout(() => worker.kill('SIGKILL'), PATIENCE_MILLISECONDS);
      started = next;
      if (id !== undefined) answers.set(id, { status: statusOf(answer), by: answer.by, milliseconds: answer.milliseconds });
    });
    worker.once('exit', () => {
      clearTimeout(watch);
      resolve(started);
    });
  });
}

function statusOf({ by, isEndless, covered }) {
  if (by !== undefined) return isEndless ? 'timeout' : 'killed';
  return covered === 0 ? 'uncovered' : 'survived';
}

function open(bundle, task) {
  const worker = fork(WORKER, [bundle], { serialization: 'advanced', execArgv: ['--max-old-space-size=4096'] });
  worker.send(task);
  return worker;
}
