import { defineConfig } from 'vitest/config';

/** The tests that mutants are tried on: those of the stages, and the cases; no processes, no reports, no browser. */
export default defineConfig({
  test: { include: ['test/{lines,failures,dialects,causes,cases}/**/*.test.ts'] },
});
