// Which mutants each suite runs through, found out once with none of them in place.
import { runTest, testsOf } from './test-api.mjs';

/** A test that takes longer is left out: thousands of mutants times that would be days. */
const LONGEST_MILLISECONDS = 2000;

/** Each suite's time, and the numbers of the mutants in its body and in each of its tests; for all mutants how often they were met at most. */
export async function survey(mutants, suites, whileLoading) {
  const most = new Map();
  const cover = async (action) => {
    mutants.covered = new Map();
    mutants.forget();
    await action();
    for (const [id, count] of mutants.covered) most.set(id, Math.max(most.get(id) ?? 0, count));
    const ids = Uint32Array.from(mutants.covered.keys(), Number);
    mutants.covered = undefined;
    return ids;
  };
  const surveyed = [];
  for (const [position, suite] of suites.entries()) surveyed.push({ position, ...(await surveyOf(suite, cover)) });
  return { whileLoading, most, suites: surveyed.sort((a, b) => a.milliseconds - b.milliseconds) };
}

async function surveyOf(suite, cover) {
  const answer = { name: `${suite.file} ${suite.label}`, milliseconds: 0, failed: [], slow: [], tests: [] };
  answer.body = suite.isTest ? new Uint32Array() : await cover(() => testsOf(suite));
  for (const [number, test] of testsOf(suite).entries()) {
    answer.tests.push(await cover(() => runTest(test).catch(({ message }) => answer.failed.push(`${test.label}: ${message}`))));
    // Counting takes longer than the test.
    const start = performance.now();
    await runTest(test).catch(() => undefined);
    const taken = performance.now() - start;
    if (taken > LONGEST_MILLISECONDS) answer.slow.push(number);
    else answer.milliseconds += taken;
  }
  return answer;
}

/** Per mutant the suites that run through it, the quickest first, each with the numbers of the tests to run: all where its body does. */
export function createIndex(suites) {
  const index = new Map();
  for (const suite of suites) {
    const body = new Set(suite.body);
    const tests = suite.tests.map((ids) => new Set(ids));
    const isWanted = (id, number) => !suite.slow.includes(number) && (body.has(id) || tests[number].has(id));
    for (const id of new Set([...suite.body, ...suite.tests.flatMap((ids) => [...ids])])) {
      const picks = () => [...tests.keys()].filter((number) => isWanted(id, number));
      const list = index.get(String(id));
      if (list === undefined) index.set(String(id), [{ suite, picks }]);
      else list.push({ suite, picks });
    }
  }
  return (id) => index.get(id) ?? [];
}
