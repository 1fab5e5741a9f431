import { cluesOf } from '../../model/clue.js';
import type { Case, Cause, Confidence, Diagnosis, Evidence } from '../../model/diagnosis.js';
import { decline } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { STRICT_FALSE } from '../advice.js';
import { type Role, roleOf } from '../roles.js';
import { answer, explains, mayGoOn, otherPositions, pick, reinitialises, shows } from './answer.js';
import { type ConfigDefaults, configDefaults, singleDefaults } from './config-defaults-table.js';
import { foreignPicture } from './foreign-pictures.js';
import { traditionOf } from './model-traditions.js';
import { observedSizes } from './observed-sizes.js';
import { specialPositions } from './special-positions.js';

interface Defaults {
  readonly config: string;
  readonly source: string;
  readonly alsoModel?: string;
  readonly sizes: string;
  /** Rows of position tables and vocabularies that are this class's defaults too, so that they differ for the same reason. */
  readonly rows?: readonly number[];
}

/** The tell-tale: the model side, and not the checkpoint's, has the sizes that the configuration class brings along. */
function defaultsOf(failure: LoadFailure, ordinary: readonly Mismatch[]): Defaults | undefined {
  return bySingleParameter(ordinary) ?? byClass(failure);
}

function byClass(failure: LoadFailure): Defaults | undefined {
  const names = failure.mismatches.flatMap(({ parameter }) => parameter ?? []);
  const tradition = traditionOf(names, failure.modelClass);
  const [file, built] = [observedSizes(failure, 'checkpoint'), observedSizes(failure, 'model')];
  if (tradition === undefined || built.hidden === undefined) return undefined;
  const fitting = configDefaults.filter(
    (entry) => entry.tradition === tradition && fits(entry, built, failure.modelClass) && !fits(entry, file, failure.modelClass),
  );
  const [best] = fitting.toSorted((a, b) => Number(b.modelClass !== undefined) - Number(a.modelClass !== undefined));
  if (best === undefined) return undefined;
  const sizes = [
    `width ${built.hidden}`,
    built.ffn === undefined ? undefined : `feed-forward ${built.ffn}`,
    best.positions !== undefined && built.positions === best.positions ? `${built.positions} positions` : undefined,
    best.vocabulary !== undefined && built.vocabulary === best.vocabulary ? `vocabulary ${built.vocabulary}` : undefined,
  ];
  return {
    config: best.config,
    source: best.source,
    sizes: sizes.filter((size) => size !== undefined).join(', '),
    rows: [best.positions, best.vocabulary ?? built.vocabulary].filter((size) => size !== undefined),
    ...(best.alsoModel === undefined ? {} : { alsoModel: best.alsoModel }),
  };
}

function fits(entry: ConfigDefaults, sizes: ReturnType<typeof observedSizes>, modelClass = ''): boolean {
  const agrees = (seen: number | undefined, given: number | undefined): boolean =>
    seen === undefined || given === undefined || seen === given;
  const rightClass = entry.modelClass === undefined || entry.modelClass.test(modelClass);
  return (
    rightClass &&
    sizes.hidden === entry.hidden &&
    agrees(sizes.ffn, entry.ffn) &&
    agrees(sizes.vocabulary, entry.vocabulary) &&
    agrees(sizes.positions, entry.positions)
  );
}

function bySingleParameter(ordinary: readonly Mismatch[]): Defaults | undefined {
  for (const { parameter = '', checkpointShape, modelShape } of ordinary) {
    const entry = singleDefaults.find(
      ({ parameter: name, axis, size }) => name.test(parameter) && modelShape[axis] === size && checkpointShape[axis] !== size,
    );
    if (entry !== undefined) return { config: entry.config, source: entry.source, sizes: `size ${entry.size}` };
  }
  return undefined;
}

export const defaultConfig: Cause = {
  id: 'default-config',
  diagnose: ({ failure, clues }: Case) => {
    const declined = (reason: string) => decline('default-config', reason);
    if (failure.mismatches.length === 0) return declined('no shape differs');
    const foreign = foreignPicture(failure);
    if (foreign !== undefined) return declined(foreign);
    const ordinary = otherPositions(failure, specialPositions(failure));
    if (ordinary.length === 0) return declined('a more special cause accounts for every line');
    const defaults = defaultsOf(failure, pick(failure, ordinary));
    if (defaults === undefined) return declined('the sizes of the model are not those that a configuration class brings along');
    const warned = cluesOf(clues, 'warning').find(({ topic }) => topic === 'missing-config');
    const sure = defaults.alsoModel === undefined || warned !== undefined;
    const evidence: readonly Evidence[] =
      warned === undefined ? [] : [{ statement: 'The log says that a configuration was not found.', at: warned.at }];
    const positions = [...new Set([...ordinary, ...tablesOf(failure, defaults)])].toSorted((a, b) => a - b);
    return tell(failure, positions, defaults, sure ? 'likely' : 'possible', evidence);
  },
};

/** Tables whose rows, alone, would be a cause of their own; beside other defaults they are one more of them (RobertaConfig: 512, 2, 30522). */
function tablesOf({ mismatches }: LoadFailure, { rows = [] }: Defaults): readonly number[] {
  return mismatches.flatMap(({ parameter, modelShape }, position) =>
    TABLES.includes(roleOf(parameter)) && rows.includes(modelShape[0] ?? 0) ? [position] : [],
  );
}

const TABLES: readonly Role[] = ['token-embedding', 'output-head', 'position-embedding'];

function tell(
  failure: LoadFailure,
  positions: readonly number[],
  defaults: Defaults,
  confidence: Confidence,
  warned: readonly Evidence[],
): Diagnosis {
  const { config, source, sizes, alsoModel } = defaults;
  return answer({
    cause: 'default-config',
    title: `The model has the sizes that ${config} gives by default (${sizes}): the configuration of the checkpoint was not read.`,
    confidence,
    specificity: alsoModel === undefined || warned.length > 0 ? 60 : 45,
    explained: explains(
      positions,
      [],
      failure.unexpectedKeys.filter((key) => /\.(\d+|\{[^{}]*\})\./.test(key)),
    ),
    evidence: [
      ...pick(failure, positions)
        .slice(0, 2)
        .map((mismatch) => shows(mismatch)),
      { statement: `${sizes} on the model side are the defaults of the class (${source}).` },
      ...warned,
    ],
    remedies: [
      {
        title: 'Load with the config.json that belongs to these weights',
        text: 'Keep config.json beside the weights and let the library read it; a config with field names of another library, or nested in another (text_config, vision_config), leaves the defaults in place without a word.',
        snippet: {
          language: 'python',
          code: 'config = AutoConfig.from_pretrained(path_of_the_checkpoint)\nprint(config)   # are these the sizes of the checkpoint?\nmodel = Model(config)',
        },
      },
      {
        title: 'If the config was read: look where the class is built',
        text: 'A wrapper that calls the class without arguments, on copy or unpickling too, builds the default model; hand it the saved arguments.',
      },
    ],
    doesNotHelp: [STRICT_FALSE, ...reinitialises(failure, 'the layers that differ')],
    afterwards: mayGoOn(failure),
    wouldDecide:
      confidence === 'possible'
        ? [
            {
              question: `Was ${alsoModel} asked for, or did nobody fill the config? Print the config that the run built.`,
              command: 'grep -n "Config()\\|config.json" LOG SCRIPT',
            },
          ]
        : [],
  });
}
