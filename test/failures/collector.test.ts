import { describe, expect, it } from 'vitest';
import { type Event, endOfFile, failuresOf, listsOf, voice } from './story.js';

const torch = voice();
const other = voice({ dialect: 'mmengine' });
const rank0 = voice({ rank: 0 });

describe('an item belongs to the list before it', () => {
  const far = (line: number) => [torch.header(1, 'Net'), torch.missing(2, 'a'), torch.missing(line, 'b')];

  it.each<readonly [string, readonly Event[], number]>([
    ['on the next line', far(3), 1],
    ['sixty lines later', far(62), 1],
    ['but no further: it is another list', far(63), 2],
    ['twenty thousand lines later where lines are labelled with their rank', [rank0.missing(2, 'a'), rank0.missing(20_002, 'b')], 1],
    ['but no further', [rank0.missing(2, 'a'), rank0.missing(20_003, 'b')], 2],
    ['in the words of another library, three lines later', [torch.header(1), torch.missing(2, 'a'), other.missing(5, 'b')], 1],
    ['but no further', [torch.header(1), torch.missing(2, 'a'), other.missing(6, 'b')], 2],
    ['where neither has a heading and both are errors', [torch.missing(2, 'a'), other.missing(3, 'b')], 1],
    [
      'where neither has a heading, but one is a warning',
      [torch.missing(2, 'a'), voice({ dialect: 'x', severity: 'warning' }).missing(3, 'b')],
      2,
    ],
    ['under one heading, warning or not', [torch.header(1), voice({ dialect: 'x', severity: 'warning' }).missing(2, 'b')], 1],
  ])('%s', (_, events, count) => {
    expect(listsOf(...events)).toHaveLength(count);
  });
});

describe('behind a traceback a list goes on only where an unlabelled process wrote in between', () => {
  const opened = [torch.header(1, 'Net'), torch.mismatch(2, 'a', [2], [3]), torch.traceback()];

  it.each<readonly [string, readonly Event[], number]>([
    ['with a mismatch in the same words', [...opened, torch.mismatch(3, 'b', [2], [3])], 1],
    ['sixty lines later', [...opened, torch.mismatch(62, 'b', [2], [3])], 1],
    ['but no further', [...opened, torch.mismatch(63, 'b', [2], [3])], 2],
    ['not with keys', [...opened, torch.missing(3, 'b')], 2],
    ['not in other words', [...opened, other.mismatch(3, 'b', [2], [3])], 2],
    ['not without a heading', [torch.mismatch(2, 'a', [2], [3]), torch.traceback(), torch.mismatch(3, 'b', [2], [3])], 2],
  ])('%s', (_, events, count) => {
    expect(listsOf(...events)).toHaveLength(count);
  });

  it('and what came before the traceback is forgotten when the next list begins', () => {
    const events = [torch.traceback(), torch.header(1, 'Net'), torch.missing(2, 'a'), torch.missing(3, 'b')];
    expect(listsOf(...events)).toEqual([['-a', '-b']]);
  });
});

describe('a second heading', () => {
  const opened = [torch.header(1, 'Net'), torch.missing(2, 'a')];
  const names = (...events: readonly Event[]) => failuresOf(...events).map(({ modelClass }) => modelClass);

  it.each<readonly [string, readonly Event[], readonly (string | undefined)[]]>([
    ['within three lines is another list of the same report', [...opened, torch.header(5, 'Net'), torch.missing(6, 'b')], ['Net']],
    ['further away is another attempt', [...opened, torch.header(6, 'Net'), torch.missing(7, 'b')], ['Net', 'Net']],
    ['of another class is another attempt', [...opened, torch.header(3, 'Other'), torch.missing(4, 'b')], ['Net', 'Other']],
    ['without a class goes on', [...opened, torch.header(3), torch.missing(4, 'b')], ['Net']],
    ['with the first class goes on', [torch.header(1), torch.missing(2, 'a'), torch.header(3, 'Net'), torch.missing(4, 'b')], ['Net']],
    [
      'behind a traceback is another attempt',
      [...opened, torch.traceback(), torch.header(3, 'Net'), torch.missing(4, 'b')],
      ['Net', 'Net'],
    ],
    ['takes in a list of nothing however far away', [torch.missing(1), torch.header(900, 'Net'), torch.missing(901, 'b')], ['Net']],
    [
      'takes in no heading of nothing',
      [torch.header(1, 'Net'), torch.header(900, 'Net'), torch.missing(901, 'b')],
      // The first told nothing: its repeat is the whole of it.
      ['Net'],
    ],
    [
      'takes in no list that has no heading',
      [torch.missing(1, 'a'), torch.header(900, 'Net'), torch.missing(901, 'b')],
      [undefined, 'Net'],
    ],
  ])('%s', (_, events, expected) => {
    expect(names(...events)).toEqual(expected);
  });

  it.each([
    ['in other words that names the file ends the report within sixty lines', other.header(62, undefined, 'model.pt'), ['model.pt']],
    ['but no further', other.header(63, undefined, 'model.pt'), [undefined, 'model.pt']],
    ['in the same words does not', torch.header(62, undefined, 'model.pt'), [undefined, 'model.pt']],
    ['that names no file does not', other.header(62), [undefined, undefined]],
    ['that names a class does not', other.header(62, 'Net', 'model.pt'), [undefined, 'model.pt']],
  ])('%s', (_, heading, expected) => {
    const events = [...opened, heading, other.missing(64, 'b')];
    expect(failuresOf(...events).map(({ checkpoint }) => checkpoint)).toEqual(expected);
  });

  it('keeps the class, the file and the severity of the first that tells them', () => {
    const warning = voice({ severity: 'warning' });
    const [failure, ...others] = failuresOf(
      warning.header(1, undefined, 'first.pt'),
      torch.header(2, 'Net', 'second.pt'),
      torch.missing(3, 'a'),
    );
    expect(others).toEqual([]);
    expect([failure?.modelClass, failure?.checkpoint, failure?.severity]).toEqual(['Net', 'first.pt', 'warning']);
  });

  it('gives its severity to items that came before it', () => {
    const [failure] = failuresOf(voice({ severity: 'warning' }).missing(1, 'a'), torch.header(2, 'Net'));
    expect(failure?.severity).toBe('error');
  });

  it('counts as printed again where it is the same, not where it is the next of several lists', () => {
    expect(failuresOf(...opened, torch.header(3, 'Net'), torch.missing(4, 'a'))[0]?.printed).toBe(2);
    expect(failuresOf(...opened, voice({ pattern: 'second list' }).header(3, 'Net'), torch.missing(4, 'b'))[0]?.printed).toBe(1);
    expect(failuresOf(...opened, other.header(3, 'Net'), torch.missing(4, 'b'))[0]?.printed).toBe(1);
  });
});

describe('the end of a list', () => {
  const warning = voice({ severity: 'warning' });

  it('closes it: the next item is another attempt', () => {
    expect(listsOf(torch.missing(1, 'a'), torch.state(2, { kind: 'end' }), torch.missing(3, 'b'))).toEqual([['-a'], ['-b']]);
  });

  it('says how grave it was, within sixty lines', () => {
    const ended = (line: number) =>
      failuresOf(warning.missing(1, 'a'), warning.state(line, { kind: 'end', severity: 'error' })).map(({ severity }) => severity);
    expect([ended(61), ended(62)]).toEqual([['error'], ['warning']]);
    expect(failuresOf(warning.missing(1, 'a'), torch.state(2, { kind: 'end' }))[0]?.severity).toBe('warning');
  });

  it('of a list that nobody saw is a failure of which nothing is known, where it is an error', () => {
    const frame = { file: 'train.py', line: 3, function: 'main', at: { source: 'a.log', line: 1 } };
    const [failure, ...others] = failuresOf(torch.frame(frame), torch.state(2, { kind: 'end' }), warning.missing(3, 'b'));
    expect([failure?.complete, failure?.incompleteReasons, failure?.dialects]).toEqual([false, ['cut'], ['torch']]);
    expect([failure?.traceback, others.map(({ traceback }) => traceback)]).toEqual([[frame], [[]]]);
    expect(failuresOf(warning.state(2, { kind: 'end', severity: 'error' }))).toEqual([]);
  });

  it('of the source ends what its processes began', () => {
    expect(listsOf(torch.missing(1, 'a'), endOfFile, torch.missing(2, 'b'))).toEqual([['-a'], ['-b']]);
  });
});

describe('a list is incomplete', () => {
  const opened = [torch.header(1, 'Net'), torch.missing(2, 'a')];
  const reasons = (...events: readonly Event[]) => failuresOf(...events).map(({ incompleteReasons }) => incompleteReasons);

  it.each<readonly [string, readonly Event[], readonly string[]]>([
    ['not by itself', opened, []],
    ['where a line within three of it could not be read', [...opened, torch.gap(5)], ['cut']],
    ['not where that line is further away', [...opened, torch.gap(6)], []],
    ['not where another process said it', [...opened, rank0.gap(3)], []],
    ['where the message says so', [...opened, torch.state(3, { kind: 'incomplete', reason: 'first-only' })], ['first-only']],
    ['where a name stands for several', [...opened, torch.state(3, { kind: 'missing-keys', keys: ['b'], folded: true })], ['folded']],
    ['not where it could and does not', [...opened, torch.state(3, { kind: 'missing-keys', keys: ['b'], folded: false })], []],
    ['where nothing stands in it', [torch.header(1, 'Net')], ['cut']],
  ])('%s', (_, events, expected) => {
    expect(reasons(...events)).toEqual([expected]);
  });

  it('is nothing to say where no list stands', () => {
    expect(reasons(torch.gap(1), torch.state(2, { kind: 'incomplete', reason: 'cut' }))).toEqual([]);
  });
});

describe('the traceback of a failure', () => {
  const frame = (line: number) => ({ file: 'train.py', line, function: 'main', at: { source: 'a.log', line } });

  it('is what stands between its beginning and the first line of the message', () => {
    const [first, second] = failuresOf(
      torch.frame(frame(1)),
      torch.traceback(),
      torch.code('lost()'),
      torch.frame(frame(2), 'load()'),
      torch.frame(frame(3)),
      torch.header(4, 'Net'),
      torch.missing(5, 'a'),
      torch.header(90, 'Net'),
      torch.missing(91, 'b'),
    );
    expect(first?.traceback).toEqual([{ ...frame(2), code: 'load()' }, frame(3)]);
    expect(first?.origin).toEqual(frame(3));
    expect([second?.traceback, second && 'origin' in second]).toEqual([[], false]);
  });

  it('is cut at two hundred frames', () => {
    const frames = Array.from({ length: 201 }, (_, line) => torch.frame(frame(line)));
    expect(failuresOf(...frames, torch.missing(300, 'a'))[0]?.traceback).toHaveLength(200);
  });
});
