import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Needs a browser, and has a command and a configuration of its own.
    exclude: ['test/browser/**'],
    testTimeout: 20_000,
  },
});
