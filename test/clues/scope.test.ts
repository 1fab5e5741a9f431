import { expect, it } from 'vitest';
import { cluesFor } from '../../src/clues/scope.js';
import type { Clue } from '../../src/model/clue.js';

const at = (source: string) => ({ at: { source, line: 1 }, text: '' });
const stage = (source: string, number: 2 | 3, strength: 'strong' | 'weak' = 'strong'): Clue => ({
  kind: 'zero-stage',
  stage: number,
  strength,
  form: '',
  ...at(source),
});
const init = (source: string): Clue => ({ kind: 'zero-init', ...at(source) });
const version = (source: string, number: string): Clue => ({ kind: 'version', library: 'torch', version: number, ...at(source) });

it('another log tells no stage where the own log tells one', () => {
  expect(cluesFor('b.log', [stage('a.log', 3), stage('b.log', 2)])).toEqual([stage('b.log', 2)]);
});

it('what rank 0 tells holds for a rank that is silent', () => {
  expect(cluesFor('rank-1.log', [init('rank-0.log'), stage('rank-0.log', 3)])).toEqual([init('rank-0.log'), stage('rank-0.log', 3)]);
});

it('a weak sign of the own log hides nothing', () => {
  expect(cluesFor('b.log', [stage('a.log', 3), stage('b.log', 2, 'weak')])).toHaveLength(2);
});

it('the own version is the last', () => {
  expect(cluesFor('a.log', [version('a.log', '2.1'), version('b.log', '2.2')]).at(-1)).toEqual(version('a.log', '2.1'));
});
