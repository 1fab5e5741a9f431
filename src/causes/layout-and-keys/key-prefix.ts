import { type Case, type Cause, type Confidence, type Diagnosis, decline, type Evidence, type Explained } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { answer } from '../architecture/answer.js';
import { type Affix, findAffix, sampledPrefix, unlistedCounters } from './affixes.js';
import { isUntrainedBuffer } from './buffer-table.js';
import { isContainerList } from './container-table.js';
import { graphConvolutions } from './graph-convolutions.js';
import { isHeadAgainstHead } from './other-head.js';
import { isPlainAdapterLoad, prefixRemedies } from './prefix-remedies.js';
import { haveRelatedNames, saysThatNothingMatched, tellNothingMatched, tellStrangers } from './silent-loads.js';
import { amount, firstNames, modelInText } from './telling.js';
import { OWNERS, type Wrapper, wrappers } from './wrapper-table.js';

const ID = 'key-prefix';

interface Reading {
  readonly affix: Affix;
  /** `names`: the same names stand on both sides. `related`: they look alike, the printed ones are samples. `alone`: only one side was printed. */
  readonly shown: 'names' | 'related' | 'strangers' | 'alone';
}

/** The tell-tale: names agree once a constant piece is taken off, or one side carries an unmistakable wrapper throughout. */
function differsByConstantPiece({ missingKeys, unexpectedKeys }: LoadFailure): Reading | undefined {
  const affix = findAffix(missingKeys, unexpectedKeys);
  if (affix !== undefined) return { affix, shown: 'names' };
  const sampled = sampledPrefix(missingKeys, unexpectedKeys);
  if (sampled !== undefined) return { affix: sampled, shown: 'related' };
  for (const wrapper of wrappers) {
    const alone = wrapperOnOneSide(wrapper, missingKeys, unexpectedKeys);
    if (alone === undefined) continue;
    const isAlone = missingKeys.length === 0 || unexpectedKeys.length === 0;
    return { affix: alone, shown: isAlone ? 'alone' : haveRelatedNames(missingKeys, unexpectedKeys) ? 'related' : 'strangers' };
  }
  return undefined;
}

/** Lists that were cut share no name; then a wrapper on (nearly) every name of one side and on none of the other is what there is. */
function wrapperOnOneSide({ run }: Wrapper, missing: readonly string[], unexpected: readonly string[]): Affix | undefined {
  const has = (name: string) => `.${name}.`.includes(`.${run}.`);
  const throughout = (names: readonly string[]) => names.length > 0 && names.filter(has).length >= 0.9 * names.length;
  const asAdapter = (names: readonly string[]) => run === 'default' && names.some((name) => /lora_\w+\.default\./.test(name));
  const carries = (names: readonly string[]) => throughout(names) || asAdapter(names);
  if (carries(unexpected) && !missing.some(has))
    return { kind: kindOf(unexpected, run), checkpointPart: `${run}.`, modelPart: '', pairs: [] };
  if (carries(missing) && !unexpected.some(has)) return { kind: kindOf(missing, run), checkpointPart: '', modelPart: `${run}.`, pairs: [] };
  return undefined;
}

function kindOf(names: readonly string[], run: string): 'prefix' | 'infix' {
  return names.every((name) => name.startsWith(`${run}.`)) ? 'prefix' : 'infix';
}

export const keyPrefix: Cause = { id: ID, diagnose };

function diagnose({ failure }: Case) {
  const { missingKeys, unexpectedKeys } = failure;
  if (saysThatNothingMatched(failure)) return tellNothingMatched(failure);
  if (missingKeys.length + unexpectedKeys.length === 0) return decline(ID, 'no key is missing or unexpected: the names agree');
  if (isContainerList(unexpectedKeys) && missingKeys.length > 0)
    return decline(ID, 'the unexpected keys are those of a whole training checkpoint, not names of parameters (wrapper-dict)');
  if ([...missingKeys, ...unexpectedKeys].every(isUntrainedBuffer))
    return decline(ID, 'every key is a buffer, so all parameters were found under their names');
  if (graphConvolutions(failure) !== undefined)
    return decline(ID, 'the names are those of a graph convolution before and after PyTorch Geometric 2.0 (library-version-drift)');
  const reading = differsByConstantPiece(failure);
  if (reading === undefined)
    return tellStrangers(failure) ?? decline(ID, 'no constant prefix or infix turns the unexpected keys into the missing ones');
  if (reading.affix.kind === 'replaced' && isHeadAgainstHead(failure, reading.affix.checkpointPart, reading.affix.modelPart))
    return decline(ID, 'the two pieces name heads with other layers in them: one head stands against another (expected-partial-load)');
  const against = reading.shown === 'alone' ? againstOneSide(failure, reading) : undefined;
  return against === undefined ? tell(failure, reading) : decline(ID, against);
}

/** A strict load lists both sides. Where one of them is empty, the piece belongs to names that the other side has as well, unless more speaks for it. */
function againstOneSide(failure: LoadFailure, { affix }: Reading): string | undefined {
  const { missingKeys, unexpectedKeys, modelClass = '', complete, severity, dialects } = failure;
  if (affix.modelPart === 'default.' && unexpectedKeys.length === 0 && dialects.every((dialect) => dialect === 'peft'))
    return "PEFT's own warning prints the names of the model, which carry the name of the adapter always";
  if (isPlainAdapterLoad(affix, missingKeys) || isAdapterList(unexpectedKeys)) return undefined;
  if (missingKeys.every((key) => key.startsWith('base_model.') && !key.includes('lora_')) && missingKeys.length > 0)
    return 'only the base of a PEFT model is missing, which an adapter file never holds (expected-partial-load)';
  if (missingKeys.length === 0 && isWrapperClass(modelClass))
    return `no key is missing, and the names of ${modelClass} carry the piece as well`;
  if (severity === 'warning' && complete) return 'one of the two lists is empty, so the names agree elsewhere';
  return undefined;
}

function isWrapperClass(modelClass: string): boolean {
  return /DataParallel|OptimizedModule|FullySharded|PeftModel/.test(modelClass);
}

/** A list of LoRA keys that an application did not take prints no counterpart. */
function isAdapterList(keys: readonly string[]): boolean {
  return keys.length > 0 && keys.every((key) => /lora[_.]/.test(key));
}

function tell(failure: LoadFailure, reading: Reading): Diagnosis {
  const { affix } = reading;
  return answer({
    cause: ID,
    title: titleOf(failure, reading),
    confidence: confidenceOf(failure, reading),
    specificity: 70,
    explained: explainedBy(failure, affix),
    evidence: evidenceOf(failure, reading),
    ...prefixRemedies(failure, affix),
    wouldDecide:
      reading.shown === 'names'
        ? []
        : [
            {
              question: 'Do the names of both sides agree once the piece is taken off? Print some of each.',
              command: `print(*list(state_dict)[:20], '---', *list(model.state_dict())[:20], sep='\\n')`,
            },
          ],
  });
}

/** Where shapes differ as well, names were found: the piece is then at most a part of what is wrong. */
function confidenceOf(failure: LoadFailure, reading: Reading): Confidence {
  const confidence = confidenceOfNames(failure, reading);
  const { length } = failure.mismatches;
  if (length === 0) return confidence;
  return confidence === 'certain' && reading.affix.pairs.length >= 4 * length ? 'likely' : 'possible';
}

function confidenceOfNames({ missingKeys, unexpectedKeys, complete }: LoadFailure, { affix, shown }: Reading): Confidence {
  const shorter = Math.min(missingKeys.length, unexpectedKeys.length);
  if (shown === 'names') {
    const most = affix.pairs.length >= 0.8 * shorter;
    if (affix.kind === 'replaced') return most ? 'likely' : 'possible';
    // `weight` and `bias` alone stand behind any piece.
    const telling = affix.pairs.some(([, ours]) => ours.replace(affix.modelPart, '').includes('.'));
    // A module put in between may have changed more than names, and no shape was compared.
    const isSure = isKnownPiece(affix) || (affix.kind === 'prefix' && affix.pairs.length > 1 && telling);
    return most && isSure ? 'certain' : 'likely';
  }
  // Both sides are PEFT's, the base weights are missing as well: nothing but a plain load of an adapter file looks so.
  // Without them the file may hold an adapter under other names, or nothing of it.
  if (isPlainAdapterLoad(affix, missingKeys)) return isAdapterList(unexpectedKeys) ? 'certain' : 'possible';
  if (shown === 'related' || isAdapterList(unexpectedKeys)) return 'likely';
  // A loader that stops at its first difference never prints the other side.
  return shown === 'alone' && missingKeys.length === 0 && !complete ? 'likely' : 'possible';
}

function isKnownPiece({ checkpointPart, modelPart }: Affix): boolean {
  return wrappers.some(({ run }) => `.${checkpointPart}${modelPart}`.includes(`.${run}.`));
}

function explainedBy({ missingKeys, unexpectedKeys }: LoadFailure, affix: Affix): Explained {
  const { pairs, checkpointPart, modelPart } = affix;
  if (isPlainAdapterLoad(affix, missingKeys)) return { mismatches: [], missingKeys, unexpectedKeys };
  if (pairs.length > 0) {
    const theirs = [...pairs.map(([name]) => name), ...unlistedCounters(unexpectedKeys, pairs)];
    return { mismatches: [], unexpectedKeys: theirs, missingKeys: [...new Set(pairs.map(([, ours]) => ours))] };
  }
  return { mismatches: [], unexpectedKeys: withPiece(unexpectedKeys, checkpointPart), missingKeys: withPiece(missingKeys, modelPart) };
}

function withPiece(names: readonly string[], part: string): readonly string[] {
  return part === '' ? names : names.filter((name) => `.${name}`.includes(`.${part}`));
}

function titleOf({ modelClass, severity, missingKeys, unexpectedKeys }: LoadFailure, { affix, shown }: Reading): string {
  const { checkpointPart, modelPart, pairs, kind } = affix;
  const model = modelInText(modelClass);
  const [who] = whoWrites(checkpointPart || modelPart);
  const outcome = severity === 'warning' ? ` ${outcomeOf(missingKeys, pairs.length)}` : '';
  const count = pairs.length > 1 ? ` ${pairs.length} of ${missingKeys.length} missing names agree once it is taken off.` : '';
  const piece = `\`${kind === 'infix' ? '.' : ''}${checkpointPart || modelPart}\``;
  const verb = kind === 'infix' ? 'contain' : 'begin with';
  if (shown === 'alone')
    return checkpointPart === ''
      ? `${withPiece(missingKeys, modelPart).length < missingKeys.length ? 'Names' : 'The names'} that ${model} misses ${verb} ${piece}${who === undefined ? '' : ` (${who})`}: most likely the checkpoint was saved without it.${outcome}`
      : `The ${unexpectedKeys.length === 1 ? 'unexpected name begins' : 'unexpected names begin'} with ${piece}${who === undefined ? '' : ` (${who})`}, which ${model} does not have.${outcome}`;
  if (checkpointPart !== '' && modelPart !== '')
    return `The names in the checkpoint ${verb} \`${checkpointPart}\` where ${model} has \`${modelPart}\`; behind it they are the same.${outcome}`;
  const [here, there] =
    checkpointPart === '' ? [`The names of ${model}`, 'those in the checkpoint'] : ['The names in the checkpoint', `those of ${model}`];
  return `${here} ${verb} ${piece}, ${there} do not.${count}${outcome}`;
}

/** The alarm of a silent load: nobody raised, and little or nothing was loaded. */
function outcomeOf(missing: readonly string[], agreeing: number): string {
  const all = agreeing >= 0.9 * missing.length ? 'None of these weights was' : 'Weights under these names were not';
  return `${all} loaded: the run went on with ${missing.length > 0 ? `${amount(missing.length, 'parameter')} as initialised` : 'what it had'}.`;
}

function evidenceOf({ missingKeys, unexpectedKeys, modelClass, at }: LoadFailure, { affix, shown }: Reading): readonly Evidence[] {
  const { pairs, checkpointPart, modelPart, alsoUnder = [] } = affix;
  const [pair] = pairs;
  const writers = whoWrites(checkpointPart || modelPart);
  const piece = checkpointPart || modelPart;
  const [all, others] = checkpointPart === '' ? [missingKeys, 'missing'] : [unexpectedKeys, 'unexpected'];
  const side = withPiece(all, piece);
  const among = side.length < all.length ? ` among ${all.length}` : '';
  const first =
    pair === undefined
      ? `${amount(side.length, `${others} key`)}${among} with \`${piece}\`, for example ${firstNames(side, 2)}; no name on the other side has it`
      : `\`${pair[0]}\` (checkpoint) and \`${pair[1]}\` (model) are the same parameter; ${amount(pairs.length, 'such pair')} among ${missingKeys.length} missing and ${unexpectedKeys.length} unexpected keys`;
  return [
    { statement: first, at },
    ...(writers.length > 0 ? [{ statement: `\`${checkpointPart || modelPart}\` is written by ${writers.join(' together with ')}` }] : []),
    ...(alsoUnder.length > 0
      ? [{ statement: `the same names also stand under ${firstNames(alsoUnder)}: the file holds several copies` }]
      : []),
    ...(modelClass !== undefined && isWrapperClass(modelClass)
      ? [{ statement: `the class that was loaded into is the wrapper \`${modelClass}\` itself` }]
      : []),
    ...(shown === 'strangers'
      ? [{ statement: 'the printed names share nothing besides: the lists are samples, or the file belongs to another code base' }]
      : []),
  ];
}

function whoWrites(part: string): readonly string[] {
  const known = wrappers.filter(({ run }) => `.${part}`.includes(`.${run}.`)).map(({ who }) => who);
  const owner = OWNERS.find(([expression]) => expression.test(part));
  return known.length > 0 || owner === undefined ? known : [owner[1]];
}
