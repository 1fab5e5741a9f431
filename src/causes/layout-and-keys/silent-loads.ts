import type { Diagnosis } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { answer } from '../architecture/answer.js';
import { withoutWrappers } from './affixes.js';
import { isUntrainedBuffer } from './buffer-table.js';
import { prefixRemedies } from './prefix-remedies.js';
import { firstNames, modelInText } from './telling.js';

/** Whether names of both sides agree when layer numbers and wrappers are left aside, or begin or end alike. */
export function haveRelatedNames(missing: readonly string[], unexpected: readonly string[]): boolean {
  const forms = (name: string) => {
    const bare = withoutWrappers(name).replace(/\d+/g, '*');
    return [bare, bare.split('.')[0] ?? '', bare.split('.').slice(-3).join('.')];
  };
  const known = new Set(missing.flatMap(forms));
  return unexpected.flatMap(forms).some((form) => form !== '' && known.has(form));
}

/** detectron2 and torchreid say it in so many words. A merger of adapters says it of an adapter for another base. */
export function saysThatNothingMatched({ notices, mismatches, missingKeys, unexpectedKeys }: LoadFailure): boolean {
  const said = notices.some(({ topic, dialect }) => topic === 'nothing-matched' && dialect !== 'forge');
  return said && mismatches.length + missingKeys.length + unexpectedKeys.length === 0;
}

export function tellNothingMatched(failure: LoadFailure): Diagnosis {
  const { modelClass, notices } = failure;
  const notice = notices.find(({ topic }) => topic === 'nothing-matched');
  return answer({
    cause: 'key-prefix',
    title: `Nothing was loaded: no name in the checkpoint is a name of ${modelInText(modelClass)}, and the run went on with random weights.`,
    confidence: 'possible',
    specificity: 30,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys: [] },
    evidence: notice === undefined ? [] : [{ statement: 'the library says that no weight matched', at: notice.at }],
    ...prefixRemedies(failure, { kind: 'prefix', checkpointPart: '', modelPart: '', pairs: [] }),
    wouldDecide: [
      {
        question: 'What are the names on both sides: is it a prefix, a dict around the weights, or another model?',
        command: `print(*list(state_dict)[:20], '---', *list(model.state_dict())[:20], sep='\\n')`,
      },
    ],
  });
}

/** Whether a parameter belongs to the layer that has the buffer: `blocks.1.attn.qkv.weight` beside `blocks.1.attn_mask`. */
function areSiblings(parameter: string, buffer: string): boolean {
  const layer = buffer.slice(0, buffer.lastIndexOf('.') + 1);
  return layer !== '' && parameter.startsWith(layer);
}

/** A load that did not raise, and two lists without a common name: nobody would notice if nothing at all had been loaded. */
export function tellStrangers(failure: LoadFailure): Diagnosis | undefined {
  const { missingKeys, unexpectedKeys, mismatches, severity, modelClass, at } = failure;
  if (severity !== 'warning' || mismatches.length > 0 || Math.min(missingKeys.length, unexpectedKeys.length) < 4) return undefined;
  // A buffer that is left over alone has the parameters beside it loaded.
  const parameters = [...missingKeys, ...unexpectedKeys].filter((key) => !isUntrainedBuffer(key));
  if (unexpectedKeys.some((key) => isUntrainedBuffer(key) && !parameters.some((name) => areSiblings(name, key)))) return undefined;
  if (haveRelatedNames(missingKeys, unexpectedKeys)) return undefined;
  return answer({
    cause: 'key-prefix',
    title: `Perhaps nothing was loaded: the ${unexpectedKeys.length} names of the checkpoint that are listed have nothing in common with the ${missingKeys.length} that ${modelInText(modelClass)} misses, and the run went on.`,
    confidence: 'possible',
    specificity: 15,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys: [] },
    evidence: [{ statement: `${firstNames(unexpectedKeys, 2)} in the checkpoint, ${firstNames(missingKeys, 2)} in the model`, at }],
    ...prefixRemedies(failure, { kind: 'prefix', checkpointPart: '', modelPart: '', pairs: [] }),
    wouldDecide: [
      { question: 'Was any parameter loaded?', command: 'print(len(set(state_dict) & set(model.state_dict())), "names agree")' },
    ],
  });
}
