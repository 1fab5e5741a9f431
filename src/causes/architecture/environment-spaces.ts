import { type Clue, cluesOf } from '../../model/clue.js';
import type { Case, Cause, Confidence, Diagnosis, Evidence, Question, Remedy } from '../../model/diagnosis.js';
import { decline, positionsWhere } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch, Notice } from '../../model/failure.js';
import { STRICT_FALSE } from '../advice.js';
import { hasEqualElementCount, onlyDifferingAxis } from '../pairs.js';
import { answer, explains, mayGoOn, otherPositions, pick, shows } from './answer.js';
import { environmentsWith } from './environment-table.js';

/** Networks of reinforcement learning by the names of Stable-Baselines3, rl_games, rsl_rl, RLlib, CleanRL, LeRobot and robomimic. */
const POLICY =
  /(^|[._])(actor\w*|critic\w*|policy\w*|a2c_network|mlp_extractor|action_net|value_net|value_mean_std|q_?net\w*|q_net_target|qf\d?|q\d|v_net|pi|vf|mu|mu_head|log_?std|sigma(?!_net)|action_(out|head|in_proj|out_proj)|state_proj|embed_(state|action)|predict_(state|action)|obs_(rms|norm\w*|encoder)|running_(obs|mean_std)|buffer_(observation|action)\w*|normalize_(inputs|targets)|unnormalize_outputs|advantage|dueling|actor_mlp|amp_\w+|discriminator)([._]|$)/;
const NORMALISER =
  /(buffer_observation\w*|running_mean_std|obs_rms|obs_normalizer|running_obs|normalizer|obs_norm\w*)(\.\w+)*\.?_?(running_mean|running_var|mean|var|std|count)?$/;
const ACTION =
  /(^|[._])(action_net|embed_action|predict_action|action_out|action_head|action_(in|out)_proj|mu|mu_head|log_?std|sigma(?!_net)|fc_mu|fc_mean|mean_linear|log_std_linear|actions?|buffer_action)([._]|$)/;

interface Spaces {
  readonly observations?: Pair;
  readonly actions?: Pair;
}

interface Pair {
  readonly checkpoint: number;
  readonly model: number;
}

/** The tell-tale: a policy's inputs (axis 1 of first layers, statistics of a normaliser) or its actions (axis 0 of the last layer, log_std). */
function spacesOf({ mismatches }: Pick<LoadFailure, 'mismatches'>): Spaces {
  const actions = mismatches.flatMap((mismatch) => actionPair(mismatch) ?? []);
  const observations = mismatches.flatMap((mismatch) => observationPair(mismatch) ?? []);
  const [action] = actions;
  // A critic sees observation and action together; the shorter input is the observation's.
  const observation = observations.toSorted((a, b) => a.checkpoint + a.model - b.checkpoint - b.model)[0];
  return { ...(observation === undefined ? {} : { observations: observation }), ...(action === undefined ? {} : { actions: action }) };
}

function actionPair(mismatch: Mismatch): Pair | undefined {
  const { parameter = '', checkpointShape, modelShape } = mismatch;
  const axis = onlyDifferingAxis(mismatch);
  // rsl_rl numbers the layers: the last one of the actor has no name of its own, only no follower. The first one is no last one.
  if (/(^|\.)actor(_mean|_logits|_head)?\.[1-9]\d*\.(weight|bias)$/.test(parameter) && axis === 0)
    return { checkpoint: checkpointShape[0] ?? 0, model: modelShape[0] ?? 0 };
  if (!ACTION.test(parameter)) return undefined;
  const isInput = /action_in_proj|state_proj|embed_action/.test(parameter);
  const last = checkpointShape.length - 1;
  const fits = axis !== undefined && (axis === 0 || (axis === last && /log_?std|sigma/.test(parameter)) || (isInput && axis === 1));
  return fits ? { checkpoint: checkpointShape[axis] ?? 0, model: modelShape[axis] ?? 0 } : undefined;
}

function observationPair(mismatch: Mismatch): Pair | undefined {
  const { parameter = '', checkpointShape, modelShape } = mismatch;
  const axis = onlyDifferingAxis(mismatch);
  if (axis === undefined) return undefined;
  const pair = { checkpoint: checkpointShape[axis] ?? 0, model: modelShape[axis] ?? 0 };
  if (NORMALISER.test(parameter) && !/value_mean_std/.test(parameter)) return axis === checkpointShape.length - 1 ? pair : undefined;
  return checkpointShape.length === 2 && axis === 1 && isPolicy(mismatch) && !ACTION.test(parameter) ? pair : undefined;
}

/** The outputs of one layer and the inputs of another change by the same pair of numbers. */
function hasOtherHiddenWidth(mismatches: readonly Mismatch[]): boolean {
  const pair = ({ checkpointShape, modelShape }: Mismatch, axis: number): string => `${checkpointShape[axis]}/${modelShape[axis]}`;
  const weights = mismatches.filter((mismatch) => mismatch.checkpointShape.length >= 2 && isPolicy(mismatch));
  const outputs = new Set(
    weights
      .filter(
        ({ parameter, checkpointShape, modelShape }) =>
          checkpointShape[0] !== modelShape[0] && !ACTION.test(parameter ?? '') && !/predict_(state|return)/.test(parameter ?? ''),
      )
      .map((mismatch) => pair(mismatch, 0)),
  );
  return weights.some(
    (mismatch) =>
      mismatch.checkpointShape[1] !== mismatch.modelShape[1] && !ACTION.test(mismatch.parameter ?? '') && outputs.has(pair(mismatch, 1)),
  );
}

function isPolicy({ parameter }: Mismatch): boolean {
  return parameter !== undefined && (POLICY.test(parameter) || NORMALISER.test(parameter));
}

/** Classes of examples whose layers have plain names (`fc1`): then only the class says that they are a policy. */
const POLICY_CLASS = /DQN|Q_?Net|Actor|Critic|Policy|PPO|SAC|TD3|DDPG|A2C/;

function withPolicyNames({ mismatches, modelClass = '' }: LoadFailure): Pick<LoadFailure, 'mismatches'> {
  if (!POLICY_CLASS.test(modelClass) || mismatches.some(isPolicy)) return { mismatches };
  const named = mismatches.map((mismatch) => {
    const last =
      /^(fc|linear|layer|l|out|output|head|affine|net)\w*\.(\d+\.)?(weight|bias)$/.test(mismatch.parameter ?? '') &&
      onlyDifferingAxis(mismatch) === 0;
    return { ...mismatch, parameter: `${last ? 'action_net' : 'policy'}.${mismatch.parameter ?? ''}` };
  });
  return { mismatches: named };
}

export const environmentSpaces: Cause = {
  id: 'environment-spaces',
  diagnose: ({ failure, clues }: Case) => {
    const declined = (reason: string) => decline('environment-spaces', reason);
    const notice = failure.notices.find(({ topic }) => topic === 'spaces-differ');
    if (notice !== undefined) return tellNotice(failure, notice);
    const { mismatches } = withPolicyNames(failure);
    const policy = positionsWhere(mismatches, isPolicy);
    const script = policy.length === 0 ? learningScript(failure, clues) : undefined;
    if (script !== undefined) return tellByScript(failure, script);
    if (policy.length === 0) return declined('no parameter belongs to a policy or a value network');
    if (mismatches.every(hasEqualElementCount)) return declined('every pair has the same number of elements');
    if (hasOtherHiddenWidth(mismatches))
      return declined('a width changes in one layer and in the inputs of the next, so the network itself is another');
    const spaces = spacesOf({ mismatches });
    if (spaces.observations === undefined && spaces.actions === undefined)
      return declined('neither the inputs nor the actions of the policy differ alone');
    const positions = positionsWhere(mismatches, (mismatch) => isPolicy(mismatch) && onlyDifferingAxis(mismatch) !== undefined);
    const hidden = otherPositions(failure, positions);
    if (hidden.length > positions.length)
      return declined('most of the differing layers are hidden ones, so the network itself has another width');
    return tell(failure, positions, spaces);
  },
};

function tell(failure: LoadFailure, positions: readonly number[], spaces: Spaces): Diagnosis {
  const bothOrMore = positions.length >= 2;
  const confidence: Confidence =
    positions.length < failure.mismatches.length ? 'likely' : bothOrMore || spaces.actions !== undefined ? 'certain' : 'likely';
  return answer({
    cause: 'environment-spaces',
    title:
      padded(failure, spaces) ??
      `The policy was trained for ${inWords(spaces, 'checkpoint')}, the environment of this run has ${inWords(spaces, 'model')}.`,
    confidence,
    specificity: 85,
    explained: explains(positions),
    evidence: evidenceOf(failure, positions, spaces),
    remedies: [...(padded(failure, spaces) === undefined ? [] : [KEEP_PADDING]), ...remediesOf(spaces)],
    doesNotHelp: [STRICT_FALSE],
    afterwards: [
      ...mayGoOn(failure),
      'Equal sizes do not prove equal spaces: the order and the scaling of the entries have to be those of the training as well.',
    ],
    wouldDecide: [whichEnvironment()],
  });
}

/** pi0 and its kin pad states and actions to 32 entries, whatever the robot has (lerobot#1329, #2963). */
function padded({ mismatches }: LoadFailure, { observations, actions }: Spaces): string | undefined {
  const pair = observations ?? actions;
  const isProjection = mismatches.some(({ parameter }) => /state_proj|action_(in|out)_proj/.test(parameter ?? ''));
  if (pair === undefined || !isProjection || (pair.checkpoint !== 32 && pair.model !== 32)) return undefined;
  const [whole, own] = pair.checkpoint === 32 ? ['checkpoint', 'model'] : ['model', 'checkpoint'];
  return `The ${whole} has states and actions padded to 32 entries, the ${own} was built with the ${pair.checkpoint === 32 ? pair.model : pair.checkpoint} of a robot: the padded width is a setting of the policy and not the robot's number of joints.`;
}

/** Algorithms that only reinforcement learning has, as a word of a script's name (skrl, CleanRL, Stable-Baselines3's zoo). */
const LEARNING_SCRIPT = /(^|[_\-/\\])(ppo|sac|td3|ddpg|a2c|a3c|dqn|trpo|amp|rl|skrl|sb3|rsl_rl|rl_games)([_\-./\\]|$)/i;

/** Only the inputs of one first layer differ, and the command line runs a script that is named after such an algorithm. */
function learningScript({ mismatches }: LoadFailure, clues: readonly Clue[]): string | undefined {
  const [only, second] = mismatches;
  const isFirst = /(^|\.)(net|mlp|layers|network|features_extractor|model|base|body|trunk)\w*\.0\.weight$|^(fc|linear)1?\.weight$/;
  if (only === undefined || second !== undefined || !isFirst.test(only.parameter ?? '')) return undefined;
  if (only.checkpointShape.length !== 2 || onlyDifferingAxis(only) !== 1) return undefined;
  return cluesOf(clues, 'command-line')
    .flatMap(({ command }) => command.split(/\s+/))
    .find((word) => /\.py$/.test(word) && LEARNING_SCRIPT.test(word));
}

function tellByScript(failure: LoadFailure, script: string): Diagnosis {
  const spaces = spacesOfFirstLayer(failure);
  return answer({
    cause: 'environment-spaces',
    title: `The policy was trained for ${inWords(spaces, 'checkpoint')}, the environment of this run has ${inWords(spaces, 'model')}.`,
    confidence: 'possible',
    specificity: 35,
    explained: explains([0]),
    evidence: [
      ...failure.mismatches.map((mismatch) => shows(mismatch, 'its outputs agree, only what it reads does not')),
      { statement: `\`${script}\` is named after an algorithm of reinforcement learning, where the first layer reads the observations.` },
    ],
    remedies: remediesOf(spaces),
    doesNotHelp: [STRICT_FALSE],
    afterwards: mayGoOn(failure),
    wouldDecide: [whichEnvironment()],
  });
}

function spacesOfFirstLayer({ mismatches }: LoadFailure): Spaces {
  const [only] = mismatches;
  return { observations: { checkpoint: only?.checkpointShape[1] ?? 0, model: only?.modelShape[1] ?? 0 } };
}

const KEEP_PADDING: Remedy = {
  title: 'Keep the padded width: max_state_dim=32, max_action_dim=32',
  text: 'The policy pads what the robot delivers by itself; only the features of the data set (and with them the statistics) have the size of the robot.',
  snippet: { language: 'json', code: '"max_state_dim": 32, "max_action_dim": 32' },
};

function inWords({ observations, actions }: Spaces, side: 'checkpoint' | 'model'): string {
  const parts = [
    observations === undefined ? undefined : `${observations[side]} observations`,
    actions === undefined ? undefined : `${actions[side]} action${actions[side] === 1 ? '' : 's'}`,
  ];
  return parts.filter((part) => part !== undefined).join(' and ');
}

function evidenceOf(failure: LoadFailure, positions: readonly number[], { observations, actions }: Spaces): readonly Evidence[] {
  const named = (side: 'checkpoint' | 'model'): readonly Evidence[] =>
    environmentsWith(observations?.[side], actions?.[side]).map(({ name, source }) => ({
      statement: `${observations?.[side]} and ${actions?.[side]} are the sizes of ${name} (${source}): ${side === 'model' ? 'the run seems to have built an example environment' : 'the file seems to come from an example'}.`,
    }));
  const sum = observations !== undefined && actions !== undefined ? criticSum(pick(failure, positions), actions) : [];
  return [
    ...pick(failure, positions)
      .slice(0, 3)
      .map((mismatch) => shows(mismatch)),
    { statement: 'No hidden width differs: the network is the same, its inputs or outputs are not.' },
    ...named('model'),
    ...named('checkpoint'),
    ...sum,
  ];
}

/** Critics of SAC and TD3 take observation and action, so they grow by the same number as the actions do. */
function criticSum(mismatches: readonly Mismatch[], actions: Pair): readonly Evidence[] {
  const grown = mismatches.find(
    ({ parameter = '', checkpointShape, modelShape }) =>
      /critic|qf|q_net/.test(parameter) && (modelShape[1] ?? 0) - (checkpointShape[1] ?? 0) === actions.model - actions.checkpoint,
  );
  return grown === undefined
    ? []
    : [shows(grown, `the input of the critic changes by ${actions.model - actions.checkpoint}, exactly as the actions do`)];
}

function remediesOf({ observations, actions }: Spaces, space?: string): readonly Remedy[] {
  const difference = observations === undefined ? undefined : observations.model - observations.checkpoint;
  return [
    {
      title: 'Build the environment with the options of the training',
      text: `Task, robot, and every flag that adds to the observation (history length, height scan, goal, command)${difference === undefined ? '' : `; here ${Math.abs(difference)} entries are ${difference > 0 ? 'too many' : 'missing'}`}. An exporter or a player often builds its own example environment: give it yours.`,
      snippet: {
        language: 'python',
        code: `print(env.observation_space, env.action_space)   # wanted: ${space ?? [observations?.checkpoint, actions?.checkpoint].filter((size) => size !== undefined).join(', ')}`,
      },
    },
    {
      title: 'Or train a new policy',
      text: 'A policy cannot be moved to other spaces by copying: hidden layers may be reused, first and last layers have to be learned anew.',
    },
  ];
}

function whichEnvironment(): Question {
  return {
    question: 'Which environment does the run build, and which did the training?',
    command:
      "python -c \"import zipfile, json; print(json.loads(zipfile.ZipFile('MODEL.zip').read('data'))['observation_space'])\"   # Stable-Baselines3",
  };
}

/** Stable-Baselines3, common/base_class.py: `Observation spaces do not match: A != B`. */
function tellNotice(failure: LoadFailure, notice: Notice): Diagnosis {
  const { space, checkpoint, model } = notice.values;
  const told = checkpoint !== undefined && model !== undefined;
  return answer({
    cause: 'environment-spaces',
    title: told
      ? `The policy was trained with the ${space ?? 'observation'} space ${checkpoint}; the environment of this run has ${model}.`
      : 'The spaces of the environment are not those that the policy was trained for.',
    confidence: 'certain',
    specificity: 90,
    explained: explains(positionsWhere(failure.mismatches, isPolicy)),
    evidence: [{ statement: 'The library compares the spaces before it loads and says that they differ.', at: notice.at }],
    remedies: [
      ...remediesOf({}, told ? String(checkpoint) : undefined),
      {
        title: 'If both read the same: the saved space could not be unpickled',
        text: 'Another numpy or Python changes how spaces are stored; hand them over with custom_objects (stable-baselines3#1682).',
        snippet: {
          language: 'python',
          code: "PPO.load(path, custom_objects={'observation_space': env.observation_space, 'action_space': env.action_space})",
        },
      },
    ],
    wouldDecide: [whichEnvironment()],
  });
}
