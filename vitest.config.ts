import { configDefaults, defineConfig } from 'vitest/config';

/** The browser tests need Chromium and have a configuration of their own. */
export default defineConfig({ test: { exclude: [...configDefaults.exclude, 'test/browser/**'] } });
