import type { Case, Question, Remedy, Warning } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { STRICT_FALSE } from '../advice.js';
import { formatFrame, plural } from './amounts.js';
import type { Trace } from './fsdp-trace.js';
import { readLoadCall } from './load-call.js';

/** torch.distributed.checkpoint.state_dict exists since torch 2.2; FullStateDictConfig since 1.13. */
export function fsdpRemedies(subject: Case, trace: Trace): readonly Remedy[] {
  const side = trace.kind === 'flat' ? trace.picture.side : trace.kind === 'rows' ? trace.side : 'keys';
  if (trace.kind === 'dtensor') return [loadThroughApi('Let'), loadBeforeSharding(subject)];
  if (side === 'model') return [loadBeforeWrapping(subject), loadThroughApi('Or let')];
  if (trace.kind === 'rows' && (trace.byRank || trace.isEmpty === true)) return [upgradeTorch(), mergeShards(), saveFull()];
  if (side === 'checkpoint') return [mergeShards(), saveFull()];
  return [mergeShards(), stripWrapper(), saveFull()];
}

function loadBeforeWrapping({ failure }: Case): Remedy {
  const call = readLoadCall(failure);
  const where = whereOf(failure);
  const inner = call?.receiver?.endsWith('.module') ? ` (here the inner ${call.receiver} is loaded)` : '';
  return {
    title: 'Load before the model is wrapped, or into the FSDP root',
    text: `Inner modules hold local pieces only${inner}. Do the load${where} before FullyShardedDataParallel(…) or fully_shard(…), or call load_state_dict on the outermost FSDP object, which gathers.`,
    cost: 'Before wrapping, every rank holds the whole model in memory for the moment of the load.',
  };
}

/** FSDP2 has no load_state_dict of its own: the root takes DTensors only, as the inner modules do. */
function loadBeforeSharding({ failure }: Case): Remedy {
  return {
    title: 'Or load before fully_shard',
    text: `Do the load${whereOf(failure)} while the parameters are plain tensors; fully_shard then keeps the loaded values and gives each rank its rows.`,
    cost: 'Every rank holds the whole model in memory for the moment of the load.',
  };
}

/** Where the user's own code asks for the load. */
function whereOf(failure: LoadFailure): string {
  const frame = failure.origin ?? readLoadCall(failure)?.frame;
  return frame === undefined ? '' : ` at ${formatFrame(frame)}`;
}

function loadThroughApi(begin: 'Let' | 'Or let'): Remedy {
  return {
    title: `${begin} torch distribute the full state dict`,
    text: 'set_model_state_dict takes whole tensors and gives each rank its piece, for FSDP1 and FSDP2; every rank must call it.',
    snippet: {
      language: 'python',
      code: 'from torch.distributed.checkpoint.state_dict import StateDictOptions, set_model_state_dict\n\nset_model_state_dict(\n    model, state_dict,\n    options=StateDictOptions(full_state_dict=True, broadcast_from_rank0=True),\n)',
    },
    cost: 'torch 2.2 or later (broadcast_from_rank0: 2.4). With FSDP2 uneven rows were mishandled up to 2.4 (pytorch#136228).',
  };
}

/** torch.distributed.checkpoint.state_dict cut rows that do not divide evenly wrong (pytorch/pytorch#136228, torch 2.4). */
function upgradeTorch(): Remedy {
  return {
    title: 'If set_model_state_dict divides the file: upgrade torch',
    text: 'Up to torch 2.4, broadcasting a full state dict gave ranks pieces of the wrong length where the rows do not divide by the number of ranks. Nothing is wrong with the file then.',
    snippet: { language: 'bash', code: "pip install -U 'torch>=2.5'" },
  };
}

function mergeShards(): Remedy {
  return {
    title: 'Merge the shards of all ranks into one file',
    text: "One rank's file is a part; the rest lies in the files of the others. A sharded checkpoint folder (.distcp, pytorch_model_fsdp_0) can be merged without GPUs.",
    snippet: {
      language: 'bash',
      code: 'accelerate merge-weights pytorch_model_fsdp_0/ merged/\n# or, for any .distcp folder:\npython -m torch.distributed.checkpoint.format_utils dcp_to_torch CHECKPOINT_DIR merged.pt',
    },
    cost: "Needs the files of every rank. If only one rank's file exists, the other parameters are lost.",
  };
}

function saveFull(): Remedy {
  return {
    title: 'Save a full state dict next time',
    text: 'Set fsdp_state_dict_type: FULL_STATE_DICT in the Accelerate or Trainer configuration, or gather by hand; every rank must take part.',
    snippet: {
      language: 'python',
      code: 'from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict\n\nstate_dict = get_model_state_dict(model, options=StateDictOptions(full_state_dict=True, cpu_offload=True))\nif rank == 0:\n    torch.save(state_dict, "model.pt")',
    },
    cost: 'Rank 0 needs main memory for the whole model.',
  };
}

function stripWrapper(): Remedy {
  return {
    title: "If only the wrapper's names are in the way, take them out",
    text: 'Where shapes are whole and keys merely contain _fsdp_wrapped_module., rename them. Keys named _flat_param or flat_param_0 cannot be renamed: they stand for many parameters at once.',
    snippet: { language: 'python', code: 'state_dict = {k.replace("_fsdp_wrapped_module.", ""): v for k, v in state_dict.items()}' },
  };
}

export function fsdpWarnings({ mismatches }: LoadFailure, trace: Trace): readonly Warning[] {
  const reshape: Warning = {
    advice: 'Reshaping or padding the pieces',
    reason: 'a piece is not the tensor: most of its numbers lie on other ranks.',
  };
  if (trace.kind === 'dtensor')
    return [{ advice: 'strict=False', reason: 'the names fit; it is the copy that fails, and that is raised all the same.' }];
  if (mismatches.length === 0) return [{ advice: 'strict=False', reason: 'no name fits, so it would load nothing and say nothing.' }];
  return [
    reshape,
    STRICT_FALSE,
    { advice: 'ignore_mismatched_sizes=True', reason: `it initialises the ${plural(mismatches.length, 'listed parameter')} at random.` },
    { advice: 'Starting the same command again', reason: 'the pieces stay pieces.' },
  ];
}

export function fsdpQuestions(trace: Trace): readonly Question[] {
  if (trace.kind === 'keys')
    return trace.reason === 'one-sided'
      ? [
          {
            question: 'Do the keys of the model carry the wrapper as well? Then the parts that are listed differ, not the wrapper.',
            command: 'print(list(model.state_dict())[:5]); print(list(state_dict)[:5])',
          },
        ]
      : [];
  if (trace.kind === 'dtensor' || (trace.kind === 'flat' && trace.certain) || (trace.kind === 'rows' && trace.byRank)) return [];
  return [
    {
      question: 'Do the other ranks print other sizes for the same parameter? Then it is FSDP.',
      command: 'grep -h "size mismatch" rank*.log | sort | uniq -c | sort -rn | head',
    },
  ];
}
