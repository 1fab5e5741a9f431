// What the tests import in place of vitest: the same expect, and suites that can be run again, body included, in the same process.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect';

const expect = Object.assign((value, message) => chai.expect(value, message), chai.expect);
Object.defineProperty(globalThis, GLOBAL_EXPECT, { value: expect, writable: true, configurable: true });
setState({ assertionCalls: 0 }, expect);
for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);
Object.assign(expect, chai.expect, globalThis[ASYMMETRIC_MATCHERS_OBJECT], { getState: () => ({ currentTestName: '' }) });

let current = '';
chai.util.addMethod(chai.Assertion.prototype, 'toMatchFileSnapshot', function (file) {
  expect(this._obj).toBe(readFileSync(path.resolve(path.dirname(current), file), 'utf8'));
});

/** Where `describe` and `it` put what they are given: the file while it loads, a suite while its body runs. */
let open = [];

/** All suites and tests that stand at the top of the files which were loaded since this was last asked. */
export function takeSuites() {
  const taken = open;
  open = [];
  return taken;
}

/** The tests of a suite: its body is run anew, as part of what its tests say is found out there. */
export function testsOf({ file, label, body, isTest }) {
  if (isTest) return [{ file, label, body }];
  const outer = takeSuites();
  try {
    body();
    return takeSuites().flatMap(testsOf);
  } finally {
    open = outer;
  }
}

export async function runTest({ file, body }) {
  current = file;
  await body({});
}

/** The names that a test file imports. */
export function apiFor(file) {
  const block = (isTest) => {
    const add = (label, ...rest) =>
      void open.push({ file, label: String(label), body: rest.find((part) => typeof part === 'function'), isTest });
    add.each =
      (rows) =>
      (label, ...rest) => {
        const body = rest.find((part) => typeof part === 'function');
        for (const [number, row] of rows.entries()) add(`${label} [${number}]`, () => body(...(Array.isArray(row) ? row : [row])));
      };
    add.runIf = (isWanted) => (isWanted ? add : () => undefined);
    return add;
  };
  const it = block(true);
  return { describe: block(false), it, test: it, expect, afterAll: () => undefined };
}
