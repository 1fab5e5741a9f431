// Tries mutants, one after the other, in one process; whoever started it ends it when a mutant hangs.
import { createIndex, survey } from './survey.mjs';
import { runTest, takeSuites, testsOf } from './test-api.mjs';

/** Whoever never ends in this many times the loops of the survey never ends. */
const MUCH = 100;

const memories = [];
const mutants = {
  active: undefined,
  hits: 0,
  limit: Number.POSITIVE_INFINITY,
  covered: undefined,
  memory(made) {
    memories.push(made);
    return made;
  },
  forget() {
    for (const made of memories) made.clear();
  },
};
globalThis.mutants = mutants;
const say = (message) => new Promise((resolve) => void process.send(message, resolve));
const bundle = process.argv[2];
const load = (name) => import(`${bundle}?${name}`).then(takeSuites);

const TASKS = {
  async survey() {
    mutants.covered = new Map();
    const suites = await load('survey');
    await say(await survey(mutants, suites, [...mutants.covered.keys()]));
  },
  async warm({ suites, most, ids }) {
    const covering = createIndex(suites);
    const loaded = await load('warm');
    for (const id of ids) {
      const wanted = covering(id);
      const answer = await trying(id, most.get(id), () => killer(loaded, byLastKill(wanted)));
      await say({ id, covered: wanted.length, ...answer });
    }
  },
  /** What is made once, while files load, wants the program loaded anew. */
  async cold({ suites, ids }) {
    const all = suites.map((suite) => ({ suite, picks: () => [...suite.tests.keys()].filter((number) => !suite.slow.includes(number)) }));
    for (const id of ids) {
      const run = (loaded) => killer(loaded, byLastKill(all));
      const answer = await trying(id, Number.POSITIVE_INFINITY, () => load(id).then(run, () => ({ by: 'loading' })));
      takeSuites();
      await say({ id, covered: all.length, ...answer });
    }
  },
};

/** What killed a mutant is asked first about its neighbours; what killed none comes behind, the quickest first. */
const kills = new Map();
let count = 0;
const byLastKill = (wanted) => wanted.toSorted((a, b) => (kills.get(b.suite.name) ?? 0) - (kills.get(a.suite.name) ?? 0));

async function trying(id, most = 0, action) {
  await say({ started: id });
  Object.assign(mutants, { active: id, limit: 1000 + MUCH * most });
  const start = performance.now();
  return { ...(await action()), milliseconds: Math.round(performance.now() - start) };
}

/** The name of the first suite that fails, and whether it was broken off. */
async function killer(loaded, wanted) {
  for (const { suite, picks } of wanted) {
    mutants.hits = 0;
    mutants.forget();
    try {
      const tests = testsOf(loaded[suite.position]);
      for (const number of picks()) {
        mutants.forget();
        await runTest(tests[number]);
      }
    } catch {
      kills.set(suite.name, ++count);
      return { by: suite.name, isEndless: mutants.hits > mutants.limit };
    }
  }
  return {};
}

process.once('message', async ({ kind, ...task }) => {
  await TASKS[kind](task);
  process.disconnect();
});
