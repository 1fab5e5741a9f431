import { describe, expect, it } from 'vitest';
import { type Event, endOfFile, failuresOf, listsOf, voice } from './story.js';

const rank0 = voice({ rank: 0 });
const rank1 = voice({ rank: 1 });
const torch = voice();
const again = voice({ source: 'b.log' });

/** How many failures there are, and the ranks of the first. */
const ranksOf = (...events: readonly Event[]) => failuresOf(...events).map(({ ranks }) => ranks);

describe('two ranks tell of one failure', () => {
  const one = rank0.mismatch(1, 'a', [4], [8]);

  it.each<readonly [string, readonly Event[]]>([
    ['where they say the same', [one, rank1.mismatch(2, 'a', [4], [8])]],
    ['where the checkpoint has one shape', [one, rank1.mismatch(2, 'a', [4], [9])]],
    ['where the model has one shape', [one, rank1.mismatch(2, 'a', [5], [8])]],
    ['where all that both name agrees', [one, rank1.mismatch(2, 'a', [4], [9]), rank1.mismatch(3, 'b', [7], [8])]],
    ['where one of them only failed', [one, rank1.header(2)]],
    ['where the first of them only failed', [rank0.header(1), rank1.mismatch(2, 'a', [4], [8])]],
    ['where neither names a shape', [rank0.missing(1, 'a'), rank1.missing(2, 'b')]],
    ['where they stand in two files', [one, voice({ rank: 1, source: 'b.log' }).mismatch(1, 'a', [4], [8])]],
    ['where their keys differ beside one parameter of one shape', [rank0.missing(1, 'x'), one, rank1.mismatch(2, 'a', [4], [9])]],
  ])('%s', (_, events) => {
    expect(ranksOf(...events)).toEqual([[0, 1]]);
  });

  it.each<readonly [string, readonly Event[]]>([
    ['both shapes of one parameter differ', [one, rank1.mismatch(2, 'a', [5], [9])]],
    [
      'one parameter differs on one side and another on the other',
      [one, rank0.mismatch(2, 'b', [4], [8]), rank1.mismatch(3, 'a', [4], [9]), rank1.mismatch(4, 'b', [5], [8])],
    ],
    ['no parameter is named by both', [one, rank1.mismatch(2, 'b', [4], [8])]],
    ['one tells shapes and the other keys', [one, rank1.missing(2, 'a')]],
    ['one tells keys and the other shapes', [rank0.missing(1, 'a'), rank1.mismatch(2, 'a', [4], [8])]],
    ['no name is printed', [rank0.mismatch(1, undefined, [4], [8]), rank1.mismatch(2, undefined, [4], [9])]],
    ['one is a warning', [one, voice({ rank: 1, severity: 'warning' }).mismatch(2, 'a', [4], [8])]],
    ['one is a warning, and they differ', [one, voice({ rank: 1, severity: 'warning' }).mismatch(2, 'a', [4], [9])]],
    ['they load into two classes', [rank0.header(1, 'Net'), rank0.missing(1, 'a'), rank1.header(2, 'Other'), rank1.missing(2, 'a')]],
    ['one names its class and the other none', [rank0.header(1, 'Net'), rank0.missing(1, 'a'), rank1.header(2), rank1.missing(2, 'b')]],
    ['one only noticed something', [one, rank1.state(2, { kind: 'notice', topic: 'nothing-matched', values: {} })]],
    ['one of them has no rank', [one, torch.mismatch(2, 'a', [4], [9])]],
    ['the one that has no rank comes first', [torch.mismatch(1, 'a', [4], [9]), rank1.mismatch(2, 'a', [4], [8])]],
    ['they are the same rank twice', [one, rank0.traceback(), rank0.mismatch(2, 'a', [4], [9])]],
  ])('but not where %s', (_, events) => {
    expect(ranksOf(...events)).toHaveLength(2);
  });

  it('and a rank that was there already begins another', () => {
    const second = [rank0.traceback(), rank0.mismatch(3, 'a', [4], [10])];
    expect(ranksOf(one, rank1.mismatch(2, 'a', [4], [9]), ...second)).toEqual([[0, 1], [0]]);
  });

  it('of whose ranks each mismatch says which, where not all said it', () => {
    const [failure] = failuresOf(rank1.mismatch(1, 'a', [4], [8]), rank1.mismatch(2, 'b', [4], [8]), rank0.mismatch(3, 'a', [4], [8]));
    expect(failure?.mismatches.map(({ parameter, ranks }) => [parameter, ranks])).toEqual([
      ['a', undefined],
      ['b', [1]],
    ]);
    const three = [2, 0, 1].flatMap((rank, line) => [
      voice({ rank }).mismatch(3 * line, 'a', [4], [rank]),
      voice({ rank }).mismatch(3 * line + 1, 'b', [4], [rank === 1 ? 1 : 9]),
    ]);
    expect(failuresOf(...three)[0]?.mismatches.map(({ parameter, ranks }) => [parameter, ranks])).toEqual([
      ['a', [2]],
      ['b', [0, 2]],
      ['a', [0]],
      ['a', [1]],
      ['b', [1]],
    ]);
  });

  it('but a list that was cut is no evidence of a difference', () => {
    const [failure] = failuresOf(
      rank0.mismatch(1, 'a', [4], [8]),
      rank0.mismatch(2, 'b', [4], [8]),
      rank1.mismatch(3, 'a', [4], [8]),
      rank1.gap(4),
    );
    expect(failure?.mismatches.map(({ ranks }) => ranks)).toEqual([undefined, undefined]);
    expect(failure?.complete).toBe(true);
  });
});

describe('one process that prints its list again tells of one failure', () => {
  const list = (voices: ReturnType<typeof voice>, line: number, ...names: readonly string[]) => [
    voices.traceback(),
    voices.header(line, 'Net'),
    ...names.map((name, position) => voices.missing(line + 1 + position, name)),
  ];

  it.each<readonly [string, readonly Event[], readonly number[]]>([
    ['where it is the same list', [...list(torch, 1, 'a', 'b'), ...list(torch, 100, 'a', 'b')], [2]],
    ['in any order', [...list(torch, 1, 'a', 'b'), ...list(torch, 100, 'b', 'a')], [2]],
    ['where the second was cut', [...list(torch, 1, 'a', 'b'), ...list(torch, 100, 'a'), torch.gap(102)], [2]],
    ['where the first was cut', [...list(torch, 1, 'a'), torch.gap(3), ...list(torch, 100, 'a', 'b')], [2]],
    ['where the second is empty', [...list(torch, 1, 'a', 'b'), ...list(torch, 100)], [2]],
    ['not where the second is shorter and whole', [...list(torch, 1, 'a', 'b'), ...list(torch, 100, 'a')], [1, 1]],
    ['not where the cut list has a name more', [...list(torch, 1, 'a', 'b'), ...list(torch, 100, 'c'), torch.gap(102)], [1, 1]],
    ['not where only the longer one was cut', [...list(torch, 1, 'a', 'b'), torch.gap(4), ...list(torch, 100, 'a')], [1, 1]],
    ['where the longer one was torn by a process that wrote at once', [...list(torch, 1, 'a', 'b', 'a'), ...list(torch, 100, 'b')], [2]],
    ['not where every name of it stands twice', [...list(torch, 1, 'a', 'b', 'a', 'b'), ...list(torch, 100, 'b')], [1, 1]],
    ['not where another file says so: it may be another run', [...list(torch, 1, 'a', 'b'), ...list(again, 1, 'a', 'b')], [1, 1]],
    ['not where another file has it cut', [...list(torch, 1, 'a', 'b'), ...list(again, 1, 'a'), again.gap(2)], [1, 1]],
    ['where the empty one does not tell its class', [...list(torch, 1, 'a'), torch.traceback(), torch.header(100)], [2]],
    ['not where it tells another class', [...list(torch, 1, 'a'), torch.traceback(), torch.header(100, 'Other')], [1, 1]],
    [
      'not where it noticed something',
      [
        ...list(torch, 1, 'a'),
        torch.traceback(),
        torch.header(100, 'Net'),
        torch.state(101, { kind: 'notice', topic: 'nothing-matched', values: {} }),
      ],
      [1, 1],
    ],
  ])('%s', (_, events, printed) => {
    expect(failuresOf(...events).map((failure) => failure.printed)).toEqual(printed);
  });

  it.each<readonly [string, Event, number]>([
    ['the same notice', torch.state(9, { kind: 'notice', topic: 'partial-transfer', values: { loaded: 3, of: 4 } }), 1],
    ['a notice of other numbers', torch.state(9, { kind: 'notice', topic: 'partial-transfer', values: { loaded: 2, of: 4 } }), 2],
    ['another notice', torch.state(9, { kind: 'notice', topic: 'element-count', values: { loaded: 3, of: 4 } }), 2],
  ])('or another: %s', (_, second, count) => {
    const first = torch.state(1, { kind: 'notice', topic: 'partial-transfer', values: { loaded: 3, of: 4 } });
    expect(listsOf(first, endOfFile, second)).toHaveLength(count);
  });
});

describe('many ranks that say the same', () => {
  const saying = (rank: number) => {
    const own = voice({ rank });
    return [own.header(10 * rank, 'Net'), own.mismatch(10 * rank + 1, 'a', [4], [8]), own.missing(10 * rank + 2, 'b')];
  };

  it('are one failure with all ranks in order, printed as often as there are', () => {
    const [failure, ...others] = failuresOf(...[2, 0, 10, 1].flatMap(saying));
    expect(others).toEqual([]);
    expect([failure?.ranks, failure?.printed]).toEqual([[0, 1, 2, 10], 4]);
    expect(failure?.at.line).toBe(20);
  });

  it.each<readonly [string, (rank: number) => readonly Event[]]>([
    ['class', (rank) => [voice({ rank }).header(rank, `Net${rank}`), voice({ rank }).missing(rank, 'b')]],
    ['severity', (rank) => [voice({ rank, severity: rank === 1 ? 'warning' : 'error' }).missing(rank, 'b')]],
    ['both shapes', (rank) => [voice({ rank }).mismatch(rank, 'a', [rank], [rank])]],
    [
      'number of mismatches without a name',
      (rank) => [
        voice({ rank }).mismatch(rank, undefined, [1], [2]),
        ...(rank === 0 ? [voice({ rank }).mismatch(rank, undefined, [3], [2])] : []),
      ],
    ],
  ])('but for one that has another %s are two', (_, says) => {
    expect(failuresOf(...[0, 1].flatMap(says))).toHaveLength(2);
  });

  it('are one failure too where they notice something, once for each thing that they noticed', () => {
    const noticing = (rank: number) => voice({ rank }).state(rank, { kind: 'notice', topic: 'rank-limit', values: { limit: rank % 2 } });
    const [failure, ...others] = failuresOf(...[0, 1, 2].map(noticing));
    expect(others).toEqual([]);
    expect([failure?.ranks, failure?.notices.map(({ values }) => values.limit)]).toEqual([
      [0, 1, 2],
      [0, 1],
    ]);
  });
});

describe('a fact', () => {
  it('is told by its kind, its name and both shapes', () => {
    const same = [
      torch.mismatch(1, 'a', [1, 2], [3]),
      torch.mismatch(2, 'a', [1, 2], [3]),
      torch.missing(3, 'a', 'a'),
      torch.unexpected(3, 'a'),
    ];
    expect(listsOf(...same)).toEqual([['a', '-a', '+a']]);
    const other = [torch.mismatch(1, 'a', [1, 2], [3]), torch.mismatch(2, 'a', [12], [3]), torch.mismatch(3, undefined, [1, 2], [3])];
    expect(listsOf(...other)).toEqual([['a', 'a', '(unnamed)']]);
  });

  it('keeps its own place however often its statement is handed out', () => {
    const statement = { kind: 'mismatch', parameter: 'a', checkpointShape: [1], modelShape: [2] } as const;
    const [failure] = failuresOf(torch.state(4, statement), torch.state(5, statement));
    expect(failure?.mismatches).toEqual([
      { parameter: 'a', checkpointShape: [1], modelShape: [2], dialect: 'torch', at: { source: 'a.log', line: 4 } },
    ]);
  });

  it('stands under all dialects that said it, in the order of their names', () => {
    const [failure] = failuresOf(torch.header(1), voice({ dialect: 'mmengine' }).missing(2, 'a'), torch.missing(3, 'b'));
    expect(failure?.dialects).toEqual(['mmengine', 'torch']);
  });
});
