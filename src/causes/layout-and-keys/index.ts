import type { Cause } from '../../model/diagnosis.js';

/** The causes of this wing, most special first. */
export const layoutAndKeys: readonly Cause[] = [];
