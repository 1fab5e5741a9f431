import type { Remedy } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { readLoadCall } from './load-call.js';
import type { Encounter } from './meta-encounter.js';

export function metaRemedies(failure: LoadFailure, encounter: Encounter): readonly Remedy[] {
  switch (encounter) {
    case 'copied-out':
      return [realStateDict()];
    case 'no-value':
      return [completeFile(), withoutMeta()];
    case 'nested':
      return [loadPartAfterwards(), withoutMeta()];
    default:
      return [assign(failure), withoutMeta(), dispatch()];
  }
}

/** `assign=True`: torch 2.1 and later. */
function assign(failure: LoadFailure): Remedy {
  const call = readLoadCall(failure);
  const receiver = call?.receiver ?? 'model';
  const stateDict = call?.stateDict ?? 'state_dict';
  return {
    title: 'Put the tensors of the file into the model instead of copying them',
    text: 'assign=True replaces the empty parameters by the tensors of the state dict, with their dtype and device.',
    snippet: {
      language: 'python',
      code: `${receiver}.load_state_dict(${stateDict}, assign=True)\nassert not any(p.is_meta for p in ${receiver}.parameters())`,
    },
    cost: 'torch 2.1 or later; build the optimizer afterwards, because the parameters are new objects. Tied weights have to be tied again.',
  };
}

function withoutMeta(): Remedy {
  return {
    title: 'Or build the model with real memory',
    text: 'Leave init_empty_weights / torch.device("meta") out for this part, or load with low_cpu_mem_usage=False and without device_map.',
    snippet: {
      language: 'python',
      code: 'model = ModelClass(config).to_empty(device="cpu")   # or: from_pretrained(path, low_cpu_mem_usage=False)\nmodel.load_state_dict(state_dict)',
    },
    cost: 'The whole model in main memory. After to_empty, buffers that are not in the file have to be computed again.',
  };
}

function dispatch(): Remedy {
  return {
    title: 'Or let Accelerate fill it',
    text: 'For models too large for memory.',
    snippet: {
      language: 'python',
      code: 'from accelerate import init_empty_weights, load_checkpoint_and_dispatch\n\nwith init_empty_weights():\n    model = ModelClass(config)\nmodel = load_checkpoint_and_dispatch(model, CHECKPOINT, device_map="auto")',
    },
  };
}

function realStateDict(): Remedy {
  return {
    title: 'Hand over a state dict with data',
    text: 'The state dict came from a model that was itself on the meta device or offloaded (Accelerate hooks leave meta tensors behind), or it was read on a rank that is not meant to hold the data. Read the file itself.',
    snippet: {
      language: 'python',
      code: 'state_dict = torch.load(path, map_location="cpu")      # or safetensors.torch.load_file(path)\nprint([k for k, v in state_dict.items() if v.is_meta][:5])   # must be []',
    },
    cost: 'For an offloaded model: accelerator.get_state_dict(model), or save_pretrained, which reads the offloaded weights back.',
  };
}

function completeFile(): Remedy {
  return {
    title: 'Find out why the file lacks the parameter',
    text: 'Tied weights are stored once: tie them (model.tie_weights()) before the model is dispatched. Otherwise a shard is missing, the names differ by a prefix, or the file belongs to another model.',
    snippet: {
      language: 'python',
      code: 'from safetensors import safe_open\n\nnames = set()\nfor file in FILES:                       # all shards\n    with safe_open(file, "pt") as f:\n        names.update(f.keys())\nprint(sorted(set(dict(model.named_parameters())) - names)[:10])',
    },
  };
}

/** transformers 4.51 (pull request 36963) builds on meta inside from_pretrained; 5.x refuses a nested from_pretrained. */
function loadPartAfterwards(): Remedy {
  return {
    title: 'Load the part after from_pretrained of the whole has returned',
    text: 'Inside the constructor build the part from its configuration only; the big checkpoint fills it, or load its own file afterwards.',
    snippet: {
      language: 'python',
      code: '# in __init__:\nself.tower = AutoModel.from_config(tower_config)\n# after  model = ModelClass.from_pretrained(path):\nmodel.tower.load_state_dict(tower_state_dict, assign=True)',
    },
    cost: 'A change of code; transformers before 4.51 still built with real memory here.',
  };
}
