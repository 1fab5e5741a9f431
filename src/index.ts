/** The library: logs in, a report out, in Node and in a browser. */
export { type Analysis, type AnalysisOptions, createAnalysis, type SourceAnalysis } from './analyze.js';
export type { Clue } from './model/clue.js';
export { CAUSE_IDS, type CauseId, type Confidence, type Evidence, type Remedy } from './model/diagnosis.js';
export type { LayerFamily, LayerGroup, Mismatch } from './model/failure.js';
export type { Report, ReportedDiagnosis, ReportedFailure, Source, Unreadable } from './model/report.js';
export type { Shape } from './model/shape.js';
export { type Format, formats, type RenderOptions } from './reports/index.js';
export { version } from './version.js';
