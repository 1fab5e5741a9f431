import type { Diagnosis, Remedy, Warning } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { type Affix, unlistedCounters } from './affixes.js';
import { amount, firstNames, pathInCode } from './telling.js';
import { wrapperOf, wrappers } from './wrapper-table.js';

/** What to do about names that differ by a constant piece, what not to do, and what comes after it. */
export function prefixRemedies(failure: LoadFailure, affix: Affix): Pick<Diagnosis, 'remedies' | 'doesNotHelp' | 'afterwards'> {
  return { remedies: remediesOf(failure, affix), doesNotHelp: warningsOf(failure, affix), afterwards: afterwardsOf(failure, affix) };
}

/** Base weights AND `lora_A.default.weight` are missing: `load_state_dict` met an adapter file, whose names lack the adapter's name. */
export function isPlainAdapterLoad({ modelPart }: Affix, missing: readonly string[]): boolean {
  return modelPart === 'default.' && missing.some((key) => !key.includes('lora_'));
}

function remediesOf(failure: LoadFailure, affix: Affix): readonly Remedy[] {
  const { checkpointPart, modelPart, kind, pairs } = affix;
  const isAdapter = [...failure.missingKeys, ...failure.unexpectedKeys].some((key) => key.includes('lora_'));
  if (isAdapter && /default\.|base_model\.model/.test(`${checkpointPart}${modelPart}`)) return adapterRemedies(failure);
  if (checkpointPart === '' && modelPart === '') return [compareNames(failure)];
  const known = pairs.length > 0 ? '' : ' Compare the names first.';
  const rename: Remedy = {
    title: 'Rename the keys before loading',
    text: `Give each key of the file the name that the model uses; rename keys, do not delete them, and only ${kind === 'infix' ? 'whole segments' : 'at the beginning'}.${known}`,
    snippet: { language: 'python', code: renamingCode(failure, affix) },
  };
  if (modelPart.includes('base_layer.')) return [loadBeforeAdapters(), rename];
  const inner = wrapperOf(modelPart.replace(/\.$/, ''))?.inner;
  if (inner !== undefined) return [loadInside(inner), rename];
  const saver = wrapperOf(checkpointPart.replace(/\.$/, ''))?.inner;
  return saver === undefined ? [rename] : [rename, saveWithout(saver, failure)];
}

function compareNames({ checkpoint }: LoadFailure): Remedy {
  return {
    title: 'Compare the names of both sides',
    text: 'A constant beginning (`module.`, `model.`, `backbone.`) has to be taken off; entries such as `state_dict` or `model` mean that the weights sit one level further down.',
    snippet: {
      language: 'python',
      code: [
        `state_dict = torch.load(${pathInCode(checkpoint)}, map_location='cpu')`,
        'print(*list(state_dict)[:10], sep="\\n")',
        'print(*list(model.state_dict())[:10], sep="\\n")',
      ].join('\n'),
    },
  };
}

function loadBeforeAdapters(): Remedy {
  return {
    title: 'Load the base weights before the adapters are put in',
    text: '`get_peft_model` moves each layer that it adapts into `base_layer`; before it the names are those of the file.',
    snippet: { language: 'python', code: 'model.load_state_dict(state_dict)\nmodel = get_peft_model(model, lora_config)' },
  };
}

function loadInside(inner: string): Remedy {
  return {
    title: 'Load into the module inside the wrapper',
    text: 'The wrapper shares its weights with it.',
    snippet: { language: 'python', code: `${inner}.load_state_dict(state_dict)` },
  };
}

function saveWithout(saver: string, { checkpoint }: LoadFailure): Remedy {
  return {
    title: 'Next time, save without the wrapper',
    text: 'Then the file fits a wrapped and an unwrapped model alike.',
    snippet: { language: 'python', code: `torch.save(${saver}.state_dict(), ${pathInCode(checkpoint)})` },
  };
}

function renamingCode({ checkpoint }: LoadFailure, affix: Affix): string {
  const { kind, checkpointPart, modelPart, alsoUnder = [] } = affix;
  const chosen = alsoUnder.length > 0 ? ` if key.startswith('${checkpointPart}')` : '';
  const own = modelPart !== '' && (kind === 'infix' || checkpointPart === '');
  return [
    `state_dict = torch.load(${pathInCode(checkpoint)}, map_location='cpu')`,
    ...(own ? ['own = model.state_dict()'] : []),
    ...(own && kind === 'infix' ? [`names = {${cutOut(modelPart, 'name')}: name for name in own}`] : []),
    `state_dict = {${renamedKey(affix)}: value for key, value in state_dict.items()${chosen}}`,
    'model.load_state_dict(state_dict)  # strict: it says so if a name is still wrong',
  ].join('\n');
}

/**
 * Only names that carry the piece are changed, or, where the model has it, names that the model does not know as they are. Pieces inside names
 * are cut or put in between dots; `.` in front lets the first segment be one like the others.
 */
function renamedKey({ kind, checkpointPart, modelPart }: Affix): string {
  if (kind !== 'infix') {
    const bare = `key.removeprefix('${checkpointPart}')`;
    if (modelPart === '') return bare;
    return checkpointPart === ''
      ? `key if key in own else '${modelPart}' + key`
      : `'${modelPart}' + ${bare} if key.startswith('${checkpointPart}') else key`;
  }
  if (modelPart === '') return cutOut(checkpointPart, 'key');
  const bare = checkpointPart === '' ? 'key' : cutOut(checkpointPart, 'key');
  return `key if key in own else names.get(${bare}, key)`;
}

function cutOut(part: string, name: string): string {
  const runs = wrappers.map(({ run }) => run).filter((run) => `.${part}`.includes(`.${run}.`));
  const cuts = (runs.length > 0 ? runs : [part.replace(/\.$/, '')]).map((run) => `.replace('.${run}.', '.')`).join('');
  return `('.' + ${name})${cuts}[1:]`;
}

function adapterRemedies({ checkpoint }: LoadFailure): readonly Remedy[] {
  return [
    {
      title: "Let PEFT load the adapter's file",
      text: 'Adapter files leave out the name of the adapter (`default`) and the base weights; PEFT puts the name in on loading, a plain `load_state_dict` does not.',
      snippet: {
        language: 'python',
        code: [
          'from peft import PeftModel',
          'model = PeftModel.from_pretrained(base_model, ADAPTER_DIRECTORY)',
          '# or, into a PeftModel that exists already:',
          `# set_peft_model_state_dict(model, load_file(${pathInCode(checkpoint)}))`,
        ].join('\n'),
      },
    },
  ];
}

function warningsOf({ severity }: LoadFailure, { kind, checkpointPart }: Affix): readonly Warning[] {
  const silent = severity === 'warning' ? 'This run is such a case.' : 'The message goes away and these parameters stay random.';
  const replace = {
    advice: `key.replace('${checkpointPart}', '') on the whole name`,
    reason: 'it also cuts the piece out of the middle of names that contain it rightly.',
  };
  return [
    { advice: 'strict=False', reason: `it skips every key whose name differs. ${silent}` },
    ...(kind === 'prefix' && checkpointPart !== '' ? [replace] : []),
  ];
}

function afterwardsOf({ missingKeys, unexpectedKeys }: LoadFailure, { pairs, checkpointPart, alsoUnder = [] }: Affix): readonly string[] {
  const shapes = 'Names are compared before shapes: size mismatches may surface once the names agree.';
  if (pairs.length === 0) return [shapes];
  const left = missingKeys.length - new Set(pairs.map(([, ours]) => ours)).size;
  const agreeing = new Set([...pairs.map(([theirs]) => theirs), ...unlistedCounters(unexpectedKeys, pairs)]);
  const others = unexpectedKeys.filter((key) => !agreeing.has(key) && !alsoUnder.some((other) => key.startsWith(other)));
  const bare = checkpointPart === '' ? '' : `, without \`${checkpointPart}\``;
  return [
    ...(left > 0 ? [`${amount(left, 'missing key')} stay${left === 1 ? 's' : ''} missing after the renaming.`] : []),
    ...(others.length > 0 ? [`Unexpected even then${bare}: ${firstNames(others)}.`] : []),
    shapes,
  ];
}
