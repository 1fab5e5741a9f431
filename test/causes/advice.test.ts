import { describe, expect, it } from 'vitest';
import { strictFalse } from '../../src/causes/advice.js';
import { failure } from './failure-builder.js';

describe('strict=False', () => {
  it('is refused where shapes differ', () => {
    expect(strictFalse(failure({ mismatches: [['a', [2], [3]]], missing: ['b'] })).reason).toContain('refused');
  });

  it('is worse than refused where only names do', () => {
    expect(strictFalse(failure({ missing: ['a', 'b'] })).reason).toBe('the run would go on with 2 missing parameters as initialised.');
    expect(strictFalse(failure({ unexpected: ['a'] })).reason).toBe('it would drop weights of the file without a word.');
  });
});
