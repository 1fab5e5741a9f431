import { appendFile } from 'node:fs/promises';
import type { Report } from '../model/report.js';
import type { RenderOptions } from '../reports/index.js';
import type { Io } from './io.js';

/** Adds the report to the summary of the GitHub Actions job, where the runner names a file for it; the steps of a job share that file. */
export async function appendStepSummary(report: Report, options: RenderOptions, { env }: Pick<Io, 'env'>): Promise<void> {
  const file = env.GITHUB_STEP_SUMMARY;
  if (file === undefined || file === '') return;
  const { renderGithubSummary } = await import('../reports/github.js');
  await appendFile(file, renderGithubSummary(report, options));
}
