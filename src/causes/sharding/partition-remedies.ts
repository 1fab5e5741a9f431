import { cluesOf } from '../../model/clue.js';
import type { Case, Remedy } from '../../model/diagnosis.js';
import { elementCount } from '../../model/shape.js';
import { baseName, formatBytes, formatFrame, plural } from './amounts.js';
import { frameOf, readLoadCall, strictFlag } from './load-call.js';
import { commonPrefix } from './partition-evidence.js';
import type { Setting } from './partition-setting.js';
import { closeInit, stageTwoRemedies } from './stage-two.js';
import { isBelow, versionOf } from './zero-stage.js';

export function partitionRemedies(setting: Setting): readonly Remedy[] {
  const stage = setting.zero.stage?.stage;
  const first = stage !== undefined && stage !== 3 ? [closeInit()] : stageTwoRemedies(setting);
  if (setting.insideFromPretrained) return [tellTransformers(setting), ...first];
  if (setting.engineTold) return [loadBeforeEngine(setting), throughEngine(setting), ...first];
  const before = [...first, gatherAroundLoad(setting), buildOutside(setting), fromPretrained(setting)];
  return setting.engineInferred ? [loadBeforeEngine(setting), throughEngine(setting), ...before] : before;
}

/** [V] DeepSpeed 0.16.4 and 0.19.5: modifier_rank=None discards what was loaded; loading on rank 0 only leaves the buffers of the other ranks. */
function gatherAroundLoad(setting: Setting): Remedy {
  const { subject, listed, insideInit } = setting;
  const call = readLoadCall(subject.failure);
  const module = call?.receiver ?? 'module';
  const strict = strictFlag(subject);
  const where = call === undefined ? '' : `# ${formatFrame(call.frame)}\n`;
  const load = `${module}.load_state_dict(${call?.stateDict ?? 'state_dict'}${strict === undefined ? '' : `, strict=${strict}`})`;
  const code = `${where}import deepspeed\n\nwith deepspeed.zero.GatheredParameters(list(${module}.parameters()), modifier_rank=0):\n    ${load}  # on every rank`;
  const size = listed.reduce((sum, { checkpointShape }) => sum + elementCount(checkpointShape), 0);
  const whose = subject.failure.modelClass === undefined ? '' : ` of ${subject.failure.modelClass}`;
  return {
    title: 'Keep stage 3: gather the parameters around the load',
    text: `Every rank must enter the block and load the file, before deepspeed.initialize${insideInit ? '; it works inside the constructor too' : ''}. modifier_rank must be given: with None (the default) the loaded values are thrown away without a word. Outside ZeRO-3 the block does nothing, so it may stay.`,
    snippet: { language: 'python', code },
    cost: `For the time of the load every GPU holds all parameters${whose}: ${formatBytes(2 * size)} in 16 bit for the ${plural(listed.length, 'tensor')} listed. It is a collective: a rank that skips it hangs the others.`,
  };
}

/** What reaches where: notes on zero.Init, [V] on 0.19.5 and transformers 5.18; transformers.integrations exports the two functions since 4.33. */
function buildOutside({ subject, insideInit, llava }: Setting): Remedy {
  const title = 'Keep stage 3: build and load this part where zero.Init cannot reach it';
  const cost = 'Until deepspeed.initialize every rank holds the whole part; it partitions it then and keeps the loaded values.';
  if (insideInit) {
    const code =
      'from deepspeed.runtime.zero.partition_parameters import restore_init_context, shutdown_init_context\n\nshutdown_init_context()\ntry:\n    tower = build_and_load_tower()\nfinally:\n    restore_init_context()';
    const text = `The load runs inside the constructor of the big model, under its open zero.Init. Move it out: build and load after that constructor has returned${llava ? ' (delay_load=True, then load_model() in initialize_vision_modules)' : ''}. Where that is impossible, close the context for the moment (internal API, DeepSpeed 0.7.0+).`;
    return { title, text, snippet: { language: 'python', code }, cost };
  }
  const code =
    'from transformers.integrations import set_hf_deepspeed_config, unset_hf_deepspeed_config\n\nunset_hf_deepspeed_config()\ntry:\n    tower = build_and_load_tower()   # from_pretrained / from_config in here stay whole\nfinally:\n    set_hf_deepspeed_config(training_args.hf_deepspeed_config)';
  const flag = accelerateVersion(subject);
  const old =
    flag !== undefined && isBelow(flag, [1, 0])
      ? ' With this Accelerate (< 1.0) zero3_init_flag: false has the same effect for the whole run.'
      : '';
  const because =
    subject.failure.traceback.length === 0
      ? 'The log shows no traceback; this works outside the constructor of the big model, where no zero.Init is open. There the part was partitioned by its own from_pretrained or from_config.'
      : 'No frame of zero.Init stands in the traceback, so what partitioned the part is its own from_pretrained or from_config, or a deepspeed.zero.Init of this code that had closed by then: then build the part outside that block.';
  const text = `${because} Build it with its constructor instead (X(X.config_class.from_pretrained(path))), or hide the ZeRO-3 configuration while it is built.${old}`;
  return { title, text, snippet: { language: 'python', code }, cost };
}

function fromPretrained({ subject: { failure }, listed }: Setting): Remedy {
  const file = failure.checkpoint === undefined ? 'the file' : baseName(failure.checkpoint);
  const prefix = commonPrefix(listed.flatMap(({ parameter }) => parameter ?? []));
  const part = prefix === '' ? '' : ` Where the class itself is none, convert its part ${prefix.slice(0, -1)}, if that is one.`;
  return {
    title: 'Keep stage 3: convert the file once and let from_pretrained load it',
    text: `transformers gathers by itself. Load ${file} once in a plain process without DeepSpeed, save_pretrained it, and point the run at that folder.`,
    snippet: {
      language: 'python',
      code: `# once, in a plain process\ntower.load_state_dict(torch.load(path, map_location="cpu"))\ntower.save_pretrained("converted/")`,
    },
    cost: `Needs a PreTrainedModel class; no extra memory in training.${part}`,
  };
}

/** [V] 0.19.5: a trainable weight of 3.0 was 0.01 one step after the load, because the fp32 master copies still held the old values. */
function throughEngine({ zero }: Setting): Remedy {
  const tooOld =
    zero.version !== undefined && isBelow(zero.version, [0, 11]) ? ' (0.10.2 or later: yours is older or just on the border)' : '';
  return {
    title: 'Load through the live engine, and refresh its master weights',
    text: `fetch_z3_params gathers${tooOld}. The optimizer keeps fp32 copies of its own: without the second line its next step writes the old values back.`,
    snippet: {
      language: 'python',
      code: 'engine.load_module_state_dict({"module": state_dict}, fetch_z3_params=True)\nengine.optimizer.refresh_fp32_params()',
    },
    cost: 'On every rank; DeepSpeed 0.10.2 or later. Optimizer moments stay those of the old weights.',
  };
}

function loadBeforeEngine({ subject }: Setting): Remedy {
  const best = frameOf('best-model-reload', subject.failure) !== undefined;
  const frame = subject.failure.origin ?? readLoadCall(subject.failure)?.frame;
  return {
    title: best
      ? 'Upgrade transformers, or switch load_best_model_at_end off'
      : 'Load before deepspeed.initialize (or accelerator.prepare)',
    text: best
      ? 'The Trainer put a plain file into the partitioned model; transformers since 4.32 (pull request 25057) lets the engine reload it. Or set load_best_model_at_end=False and load the best checkpoint in a fresh process.'
      : `Parameters are partitioned from deepspeed.initialize on. Move the load${frame === undefined ? '' : ` at ${formatFrame(frame)}`} in front of it, or point the model path at the checkpoint; for inference use a process without DeepSpeed.`,
    ...(best ? { snippet: { language: 'bash', code: "pip install -U 'transformers>=4.32'" } as const } : {}),
  };
}

/** transformers 4.50.0.dev0 of 2025-02-26 to 03-03 did not gather (issue 36441, mended by pull request 36455). */
function tellTransformers({ subject }: Setting): Remedy {
  const version = cluesOf(subject.clues, 'version').findLast(({ library }) => library.toLowerCase() === 'transformers')?.version;
  const dev = version?.startsWith('4.50.0.dev')
    ? ` Your ${version} may be one of the builds of late February 2025 that never gathered: install 4.50.0 or later.`
    : '';
  return {
    title: 'Let transformers know that ZeRO-3 is on, and drop the zero.Init around from_pretrained',
    text: `from_pretrained itself met placeholders: parameters were partitioned by a context that transformers does not know, so it did not gather. Keep an HfDeepSpeedConfig alive and open no zero.Init by hand.${dev}`,
    snippet: {
      language: 'python',
      code: 'from transformers.integrations import HfDeepSpeedConfig\n\ndschf = HfDeepSpeedConfig(ds_config)          # keep this object alive\nmodel = ModelClass.from_pretrained(path)      # no deepspeed.zero.Init around it',
    },
    cost: 'For inference only: load without DeepSpeed instead.',
  };
}

export function accelerateVersion({ clues }: Case): readonly [number, number] | undefined {
  return versionOf(cluesOf(clues, 'version'), 'accelerate');
}
