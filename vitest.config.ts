import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Needs a browser, and has a command and a configuration of its own.
    exclude: [...configDefaults.exclude, 'test/browser/**'],
    // A busy machine is no failure.
    testTimeout: 60_000,
  },
});
