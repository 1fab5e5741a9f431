import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync, Visitor } from 'oxc-parser';
import type { Pattern } from '../../src/model/pattern.js';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

export interface Expression {
  readonly source: string;
  readonly flags: string;
  /** `file:line`, or the dialect or clue whose template was compiled. */
  readonly where: string;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(path.sep).join('/'))
  .filter((file) => file.endsWith('.ts') && !file.startsWith('scan/wasm/'));

/** What stands in the source between slashes, and the places (`file:line`) where `RegExp` is called. */
export function readSources(): { readonly literals: readonly Expression[]; readonly calls: readonly string[] } {
  const literals: Expression[] = [];
  const calls: string[] = [];
  for (const file of files) {
    const text = readFileSync(`${SRC}/${file}`, 'utf8');
    const placeOf = (offset: number): string => `${file}:${text.slice(0, offset).split('\n').length}`;
    const callAt = (callee: object, start: number): void => {
      if ('name' in callee && callee.name === 'RegExp') calls.push(placeOf(start));
    };
    new Visitor({
      Literal(node) {
        if ('regex' in node) literals.push({ source: node.regex.pattern, flags: node.regex.flags, where: placeOf(node.start) });
      },
      NewExpression: ({ callee, start }) => callAt(callee, start),
      CallExpression: ({ callee, start }) => callAt(callee, start),
    }).visit(parseSync(file, text).program);
  }
  return { literals, calls };
}

/** All expressions that are made out of strings: while the modules with such a call load, for every form, and while its samples are read. */
export async function recordConstructed(calls: readonly string[]): Promise<readonly Expression[]> {
  const recorded: Expression[] = [];
  const original = globalThis.RegExp;
  globalThis.RegExp = new Proxy(original, {
    construct(target, args, newTarget) {
      const { source, flags }: RegExp = Reflect.construct(target, args, newTarget);
      const where = /\/src\/(\S+\.ts:\d+)/.exec(new Error().stack ?? '')?.[1];
      if (where !== undefined) recorded.push({ source, flags, where });
      return Reflect.construct(target, args, newTarget);
    },
  });
  try {
    for (const file of new Set(calls.map((call) => call.slice(0, call.lastIndexOf(':')))))
      await import(/* @vite-ignore */ `../../src/${file}`);
    const { dialects } = await import('../../src/dialects/index.js');
    const { clueSources } = await import('../../src/clues/index.js');
    const { analyze, bytesOf } = await import('./logs.js');
    for (const { name, patterns } of [...dialects, ...clueSources]) {
      recorded.push(...patterns.flatMap((pattern) => formsOf(name, pattern)));
      analyze(bytesOf(patterns.flatMap(({ samples }) => samples.map(({ text }) => `${text}\n`)).join('')));
    }
  } finally {
    globalThis.RegExp = original;
  }
  return recorded;
}

/** As the readers use them: for every match in a line. */
function formsOf(where: string, { form }: Pattern<unknown>): readonly Expression[] {
  return [form.expression, form.squeezed].flatMap((made) =>
    made === undefined ? [] : [{ source: made.source, flags: `${made.flags}g`, where }],
  );
}

/** Each source once, with `g` where anybody uses it so: that is the longer way. */
export function distinct(expressions: readonly Expression[]): readonly Expression[] {
  const bySource = new Map<string, Expression>();
  for (const expression of expressions) {
    const known = bySource.get(expression.source);
    const flags = [...new Set(`${known?.flags ?? ''}${expression.flags}`)].join('');
    bySource.set(expression.source, { ...(known ?? expression), flags });
  }
  return [...bySource.values()];
}
