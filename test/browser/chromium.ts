/** Which browser the tests drive: Debian's, or the one that `CHROMIUM` names. */
import { existsSync } from 'node:fs';

const CANDIDATES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** @throws Error that says how to get it */
export function chromiumPath(): string {
  const found = CANDIDATES.find((path) => path !== undefined && path !== '' && existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    'Chromium is missing, so the browser tests cannot run. Install it (Debian: apt-get install chromium) or name one: CHROMIUM=/path/to/chromium npm run test:browser',
  );
}
