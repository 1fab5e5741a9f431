import v8 from 'node:v8';
import { analyse } from 'scslre';
import { describe, expect, it } from 'vitest';
import { distinct, type Expression, readSources, recordConstructed } from './expressions.js';
import { type Pump, pumpsOf } from './pumps.js';
import './runs.js';

// An expression is compiled when it is first used, not after it was interpreted for a while: times can be compared.
v8.setFlagsFromString('--no-regexp-tier-up');

const isLong = process.env.FUZZ_COUNT !== undefined;
/** What follows the pump, so that a match fails late. */
const ENDS = isLong ? ['\u0001', '\n\u0001', ''] : ['\u0001'];
const LENGTH = isLong ? 16_384 : 4096;
/** Milliseconds: linear time is far below; what takes longer is looked at more closely, the worst few. */
const SUSPICIOUS = isLong ? 0.8 : 0.2;
const FEW = isLong ? 20 : 3;
const LONG_ENOUGH = 100;
/** Causes look at names no longer than this (causes/short-names.ts): a square of it is nothing, a cube would be felt. */
const LONGEST_NAME = 300;
const MOST_FOR_NAME = 2;

const { literals, calls } = readSources();
const constructed = await recordConstructed(calls);
const expressions = distinct([...literals, ...constructed]);

interface Trap extends Pump {
  readonly end: string;
}

function textOf({ prefix, pump, end }: Trap, length: number): string {
  return prefix + pump.repeat(Math.max(1, Math.ceil((length - prefix.length) / pump.length))) + end;
}

/** Milliseconds of this process for all matches in a text, the least of several. */
function timeOf(expression: RegExp, text: string, times: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let time = 0; time < times; time++) {
    const before = process.cpuUsage();
    if (expression.global) text.replace(expression, '');
    else expression.test(text);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

/** Four times the text takes four times as long, a little more where a repeat with an upper bound begins to fill; in square time sixteen times. */
function growsFaster(expression: RegExp, trap: Trap): boolean {
  let before = Math.max(timeOf(expression, textOf(trap, LENGTH), 2), 0.02);
  for (const length of [LENGTH * 4, LENGTH * 16]) {
    const text = textOf(trap, length);
    // Only what looks bad is measured again: a busy machine is no flaw.
    const once = timeOf(expression, text, 1);
    const time = once / before > 9 ? Math.min(once, timeOf(expression, text, 2)) : once;
    if (time / before <= 9) return false;
    // A cube would not end on a longer text.
    if (time > LONG_ENOUGH) return true;
    before = time;
  }
  return true;
}

/** A text that takes the expression longer than its length allows. */
function trapIn({ source, flags, where }: Expression): string | undefined {
  const expression = new RegExp(source, flags);
  const isForNames = where.startsWith('causes/');
  const told = (trap: Trap): string => `${where} /${source}/${flags}: ${JSON.stringify(trap)}`;
  const suspects: { readonly trap: Trap; readonly time: number }[] = [];
  for (const trap of pumpsOf(source, flags).flatMap((pump) => ENDS.map((end) => ({ ...pump, end })))) {
    // In a short text first: an exponential expression would not end on a long one.
    const short = textOf(trap, isForNames ? LONGEST_NAME : trap.prefix.length + 24 * trap.pump.length);
    if (timeOf(expression, short, 1) > MOST_FOR_NAME && timeOf(expression, short, 3) > MOST_FOR_NAME) return told(trap);
    const time = isForNames ? 0 : timeOf(expression, textOf(trap, LENGTH), 1);
    if (time > SUSPICIOUS) suspects.push({ trap, time });
  }
  suspects.sort((a, b) => b.time - a.time);
  const found = suspects.slice(0, FEW).find(({ trap }) => growsFaster(expression, trap));
  return found === undefined ? undefined : told(found.trap);
}

const anywhere = (source: string): Expression => ({ source, flags: '', where: 'here' });
const forNames = (source: string): Expression => ({ source, flags: '', where: 'causes/here' });

describe('the expressions of the program', () => {
  it('are all known: each call that makes one was seen making one', () => {
    const seen = new Set(constructed.map(({ where }) => where));
    expect(calls.filter((call) => !seen.has(call))).toEqual([]);
    expect(literals.length).toBeGreaterThan(900);
    expect(expressions.length).toBeGreaterThan(1400);
  });

  it('take linear time by their construction, apart from those for names of bounded length', () => {
    const open = expressions.filter(({ where }) => !where.startsWith('causes/'));
    expect(open.filter(({ source, flags }) => analyse({ source, flags }).reports.length > 0)).toEqual([]);
  });

  it('take linear time on texts that were made for each of them', () => {
    expect(expressions.flatMap((expression) => trapIn(expression) ?? [])).toEqual([]);
  });
});

describe('what looks for slow expressions', () => {
  it.each([
    ['exponential', '(a+)+$'],
    ['two repeats that share blanks', String.raw`x\s*\s*$`],
    ['blanks around a letter', String.raw`\s*x\s*\s*$`],
    ['a repeat that is begun at every place', String.raw`\s+$`],
    ['a beginning that is met over and over', String.raw`head: [^\n]*end`],
    ['words that are met again behind the first', String.raw`head(?:(?!head)[^\n])*?, and(?:(?!head)[^\n])*?, or`],
    ['what begins behind signs that it also takes', String.raw`(?<![a-z])key[a-z-]{9,}\.`],
    ['line feeds at the end, not at the beginning', String.raw`^\n+|\n+$`],
    ['a list whose end is missing', String.raw`keys: (?<keys>\[[^\]]*\])`],
  ])('finds one: %s', (_, source) => {
    expect(trapIn(anywhere(source))).toBeDefined();
  });

  it('finds a cube for names, and lets a square for names pass', () => {
    expect(trapIn(forNames(String.raw`a\S*b\S*c\S*d$`))).toBeDefined();
    expect(trapIn(forNames(String.raw`a\S*b$`))).toBeUndefined();
  });

  it.each([String.raw`head: (?:(?!head: )[^\n])*end`, String.raw`(?<!\s)\s+$`, String.raw`a[^\n]{0,1024}b`])('lets %s pass', (source) => {
    expect(trapIn(anywhere(source))).toBeUndefined();
  });
});
