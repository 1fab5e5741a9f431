import { type Case, type Cause, type Diagnosis, decline, type Evidence, type Remedy, type Warning } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { type Affix, findAffix, withoutWrappers } from './affixes.js';
import { isUntrainedBuffer } from './buffer-table.js';
import { isContainerList } from './container-table.js';
import { amount, firstNames, modelInText, pathInCode } from './telling.js';
import { OWNERS, type Wrapper, wrapperOf, wrappers } from './wrapper-table.js';

/** Names of the two sides agree once a constant piece is taken off, or one side carries an unmistakable wrapper throughout. */
function differsByConstantPiece({ missingKeys, unexpectedKeys }: LoadFailure): Reading | undefined {
  const affix = findAffix(missingKeys, unexpectedKeys);
  if (affix !== undefined) return { affix, agrees: true };
  for (const wrapper of wrappers) {
    const affixOfWrapper = wrapperOnOneSide(wrapper, missingKeys, unexpectedKeys);
    if (affixOfWrapper !== undefined) return { affix: affixOfWrapper, agrees: haveRelatedNames(missingKeys, unexpectedKeys) };
  }
  return undefined;
}

interface Reading {
  readonly affix: Affix;
  /** False where the printed names share nothing even without the piece. */
  readonly agrees: boolean;
}

/** Lists that were cut share no name; then a wrapper on (nearly) every name of one side and on none of the other is what there is. */
function wrapperOnOneSide({ run }: Wrapper, missing: readonly string[], unexpected: readonly string[]): Affix | undefined {
  const has = (name: string) => `.${name}.`.includes(`.${run}.`);
  const throughout = (names: readonly string[]) => names.length > 0 && names.filter(has).length >= 0.9 * names.length;
  const asAdapter = (names: readonly string[]) => run === 'default' && names.some(has);
  const carries = (names: readonly string[]) => throughout(names) || asAdapter(names);
  if (carries(unexpected) && !missing.some(has)) return { kind: kindOf(unexpected, run), checkpointPart: `${run}.`, modelPart: '', pairs: [] };
  if (carries(missing) && !unexpected.some(has)) return { kind: kindOf(missing, run), checkpointPart: '', modelPart: `${run}.`, pairs: [] };
  return undefined;
}

function kindOf(names: readonly string[], run: string): 'prefix' | 'infix' {
  return names.every((name) => name.startsWith(`${run}.`)) ? 'prefix' : 'infix';
}

/** Whether names of both sides agree when layer numbers and wrappers are left aside, or begin alike. */
function haveRelatedNames(missing: readonly string[], unexpected: readonly string[]): boolean {
  const forms = (name: string) => {
    const bare = withoutWrappers(name).replace(/\d+/g, '*');
    return [bare, bare.split('.')[0] ?? '', bare.split('.').slice(-3).join('.')];
  };
  const known = new Set(missing.flatMap(forms));
  return unexpected.flatMap(forms).some((form) => form !== '' && known.has(form));
}

export const keyPrefix: Cause = { id: 'key-prefix', diagnose };

function diagnose({ failure }: Case) {
  const { missingKeys, unexpectedKeys } = failure;
  if (missingKeys.length + unexpectedKeys.length === 0) return decline('key-prefix', 'no key is missing or unexpected: the names agree');
  if (isContainerList(unexpectedKeys)) return decline('key-prefix', 'the unexpected keys are those of a whole training checkpoint, not names of parameters');
  const keys = [...missingKeys, ...unexpectedKeys];
  if (keys.every(isUntrainedBuffer)) return decline('key-prefix', 'every key is a buffer, so all parameters were found under their names');
  if (missingKeys.length === 0 && failure.complete && !isAdapterList(unexpectedKeys)) {
    return decline('key-prefix', 'no key is missing: every name that the model asks for was found');
  }
  const reading = differsByConstantPiece(failure);
  if (reading === undefined) return decline('key-prefix', 'no constant prefix or infix turns the unexpected keys into the missing ones');
  if (unexpectedKeys.length === 0 && !isPlainLoadOfAdapter(reading, missingKeys) && failure.complete && failure.severity === 'warning') {
    return decline('key-prefix', 'no key of the file is listed as unexpected');
  }
  return tell(failure, reading);
}

/** A list of LoRA keys that an application did not take prints no counterpart. */
function isAdapterList(keys: readonly string[]): boolean {
  return keys.length > 0 && keys.every((key) => /lora_|lora\./.test(key));
}

/** Base weights AND `lora_A.default.weight` are missing: `load_state_dict` met an adapter file, whose names lack the adapter's name. */
function isPlainLoadOfAdapter({ affix }: Reading, missing: readonly string[]): boolean {
  return affix.modelPart === 'default.' && missing.some((key) => !key.includes('lora_'));
}

function tell(failure: LoadFailure, reading: Reading): Diagnosis {
  const { affix } = reading;
  return {
    verdict: 'diagnosis',
    cause: 'key-prefix',
    title: titleOf(failure, affix),
    confidence: confidenceOf(failure, reading),
    specificity: 70,
    explained: explainedBy(failure, affix),
    evidence: evidenceOf(failure, reading),
    remedies: remediesOf(failure, affix),
    doesNotHelp: warningsOf(failure),
    afterwards: afterwardsOf(failure, affix),
    wouldDecide: reading.agrees
      ? []
      : [{ question: 'Do the names agree once the piece is taken off?', command: 'python -c "import torch; print(*list(torch.load(\'PATH\', map_location=\'cpu\'))[:20], sep=\'\\n\')"' }],
  };
}

function confidenceOf({ missingKeys, unexpectedKeys }: LoadFailure, { affix, agrees }: Reading) {
  const shorter = Math.min(missingKeys.length, unexpectedKeys.length);
  if (affix.pairs.length > 0) return affix.pairs.length >= 0.8 * shorter ? 'certain' : 'likely';
  return agrees || isPlainLoadOfAdapter({ affix, agrees }, missingKeys) || missingKeys.length === 0 ? 'likely' : 'possible';
}

function explainedBy({ missingKeys, unexpectedKeys }: LoadFailure, { pairs, checkpointPart, modelPart }: Affix) {
  if (pairs.length > 0) {
    return { mismatches: [], unexpectedKeys: pairs.map(([theirs]) => theirs), missingKeys: [...new Set(pairs.map(([, ours]) => ours))] };
  }
  const withPiece = (names: readonly string[], part: string) => (part === '' ? names : names.filter((name) => `.${name}`.includes(`.${part}`)));
  return { mismatches: [], unexpectedKeys: withPiece(unexpectedKeys, checkpointPart), missingKeys: withPiece(missingKeys, modelPart) };
}

function titleOf({ modelClass, severity, missingKeys, unexpectedKeys }: LoadFailure, affix: Affix): string {
  const { checkpointPart, modelPart, pairs } = affix;
  const model = modelInText(modelClass);
  const outcome = severity === 'warning' ? ' Nothing under these names was loaded, and the run went on with those weights uninitialised or random.' : '';
  const count = pairs.length > 0 ? ` ${pairs.length} of ${missingKeys.length} missing names agree once it is taken off.` : '';
  if (checkpointPart !== '' && modelPart !== '') {
    return `The names in the checkpoint begin with \`${checkpointPart}\` where ${model} has \`${modelPart}\`; behind it they are the same.${outcome}`;
  }
  const [who, other, part] = checkpointPart === '' ? ['The names of the model', 'those in the checkpoint', modelPart] : ['The names in the checkpoint', `those of ${model}`, checkpointPart];
  const verb = affix.kind === 'prefix' ? 'begin with' : 'contain';
  const subject = missingKeys.length + unexpectedKeys.length === 1 ? who.replace('names', 'name') : who;
  return `${subject} ${verb} \`${affix.kind === 'prefix' ? '' : '.'}${part}\`, ${other} do not.${count}${outcome}`;
}

function evidenceOf({ missingKeys, unexpectedKeys, modelClass }: LoadFailure, { affix, agrees }: Reading): readonly Evidence[] {
  const { pairs, checkpointPart, modelPart } = affix;
  const [pair] = pairs;
  const statements = [
    pair === undefined
      ? `${checkpointPart === '' ? amount(missingKeys.length, 'missing key') : amount(unexpectedKeys.length, 'unexpected key')} printed, all with \`${checkpointPart || modelPart}\`; none on the other side has it`
      : `\`${pair[0]}\` (checkpoint) and \`${pair[1]}\` (model) are the same parameter; ${amount(pairs.length, 'such pair')} among ${missingKeys.length} missing and ${unexpectedKeys.length} unexpected keys`,
    ...whoWrites(checkpointPart || modelPart),
    ...(modelClass !== undefined && /DataParallel|OptimizedModule|FullySharded|PeftModel/.test(modelClass) ? [`the class that was loaded into is the wrapper \`${modelClass}\` itself`] : []),
    ...(agrees ? [] : ['the printed names share nothing besides: the lists are samples, or the file belongs to another code base']),
  ];
  return statements.map((statement) => ({ statement }));
}

function whoWrites(part: string): readonly string[] {
  const bare = part.replace(/\.$/, '');
  const known = wrappers.filter(({ run }) => `.${bare}.`.includes(`.${run}.`)).map(({ run, who }) => `\`${run}.\` is written by ${who}`);
  if (known.length > 0) return known;
  const owner = OWNERS.find(([expression]) => expression.test(`${bare}.`));
  return owner === undefined ? [] : [`\`${bare}.\` is typical of ${owner[1]}`];
}

function remediesOf(failure: LoadFailure, affix: Affix): readonly Remedy[] {
  const { checkpointPart, modelPart } = affix;
  if (`${checkpointPart}${modelPart}`.includes('default.') || modelPart.includes('base_model.model')) return adapterRemedies(failure);
  const rename: Remedy = {
    title: 'Rename the keys before loading',
    text: `Take the state dict of the file and give each key the name that the model uses; rename keys, do not delete them, and only at the ${affix.kind === 'infix' ? 'whole segment' : 'beginning'}.`,
    snippet: { language: 'python', code: renamingCode(failure, affix) },
  };
  const inner = modelPart === '' ? undefined : wrapperOf(modelPart.replace(/\.$/, ''))?.inner;
  if (inner !== undefined) {
    return [{ title: 'Load into the module inside the wrapper', text: 'The wrapper shares its weights with it.', snippet: { language: 'python', code: `${inner}.load_state_dict(state_dict)` } }, rename];
  }
  const saver = checkpointPart === '' ? undefined : wrapperOf(checkpointPart.replace(/\.$/, ''))?.inner;
  if (saver === undefined) return [rename];
  return [rename, { title: 'Next time, save without the wrapper', text: 'Then the file fits a wrapped and an unwrapped model alike.', snippet: { language: 'python', code: `torch.save(${saver}.state_dict(), ${pathInCode(failure.checkpoint)})` } }];
}

function renamingCode({ checkpoint }: LoadFailure, affix: Affix): string {
  const fromModel = affix.kind === 'infix' && affix.modelPart !== '';
  return [
    `state_dict = torch.load(${pathInCode(checkpoint)}, map_location='cpu')`,
    ...(fromModel ? [`names = {${cutOut(affix.modelPart, 'name')}: name for name in model.state_dict()}`] : []),
    `state_dict = {${renamedKey(affix)}: value for key, value in state_dict.items()}`,
    'model.load_state_dict(state_dict)  # strict: it says so if a name is still wrong',
  ].join('\n');
}

/** Pieces inside a name are cut or put in between dots; `.` in front lets the first segment be one like the others. */
function renamedKey({ kind, checkpointPart, modelPart }: Affix): string {
  if (kind !== 'infix') {
    const bare = checkpointPart === '' ? 'key' : `key.removeprefix('${checkpointPart}')`;
    return modelPart === '' ? bare : `'${modelPart}' + ${bare}`;
  }
  return modelPart === '' ? cutOut(checkpointPart, 'key') : 'names.get(key, key)';
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

function warningsOf({ severity }: LoadFailure): readonly Warning[] {
  const silent = severity === 'warning' ? 'This run is such a case.' : 'The message goes away and the model stays random.';
  return [
    { advice: 'strict=False', reason: `It skips every key whose name differs, which here is (nearly) all of them. ${silent}` },
    { advice: "key.replace('module.', '') on the whole name", reason: 'It also cuts the piece out of the middle of names that contain it rightly.' },
  ];
}

function afterwardsOf({ missingKeys, unexpectedKeys }: LoadFailure, { pairs, checkpointPart }: Affix): readonly string[] {
  if (pairs.length === 0) return ['Names are compared before shapes: size mismatches may surface once the names agree.'];
  const left = missingKeys.length - new Set(pairs.map(([, ours]) => ours)).size;
  const agreeing = new Set(pairs.map(([theirs]) => theirs));
  const others = unexpectedKeys.filter((key) => !agreeing.has(key));
  return [
    ...(left > 0 ? [`${amount(left, 'missing key')} stay${left === 1 ? 's' : ''} missing after the renaming.`] : []),
    ...(others.length > 0 ? [`Unexpected even then${checkpointPart === '' ? '' : `, without \`${checkpointPart}\``}: ${firstNames(others)}.`] : []),
    'Names are compared before shapes: size mismatches may surface once the names agree.',
  ];
}
