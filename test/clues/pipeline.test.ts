import { describe, expect, it } from 'vitest';
import { createAnalysis } from '../../src/analyze.js';
import { clueSources } from '../../src/clues/index.js';
import type { Clue, ClueKind, ClueOf } from '../../src/model/clue.js';
import type { Report } from '../../src/model/report.js';

function analyse(text: string, prefilter = true): Report {
  const analysis = createAnalysis({ prefilter });
  const source = analysis.source('train.log');
  source.push(new TextEncoder().encode(text));
  source.end();
  return analysis.report();
}

function told<K extends ClueKind>(text: string, kind: K): readonly ClueOf<K>[] {
  return analyse(text).clues.filter((clue): clue is ClueOf<K> => clue.kind === kind);
}

const stages = (text: string) => told(text, 'zero-stage').map(({ stage, strength }) => `${stage} ${strength}`);
const versions = (text: string) => told(text, 'version').map(({ library, version }) => `${library} ${version}`);

const CONFIG_STAGE_2 = `{
    "fp16": {
        "enabled": "auto",
        "loss_scale": 0
    },
    "zero_optimization": {
        "offload_optimizer": {
            "device": "cpu",
            "pin_memory": true
        },
        "overlap_comm": true,
        "stage3_prefetch_bucket_size": "auto",
        "stage3_param_persistence_threshold": 1e5,
        "stage3_gather_16bit_weights_on_model_save": true,
        "stage": 2
    },
    "train_batch_size": "auto"
}
`;

const WRAPPINGS: readonly (readonly [name: string, wrap: (line: string, index: number) => string])[] = [
  ['plain', (line) => line],
  ['behind a rank', (line) => `[rank0]: ${line}`],
  ['behind a pod', (line) => `[pod/trainer-0/pytorch] ${line}`],
  ['in the JSON of a container', (line) => JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: '2024-05-02T08:11:00.1Z' })],
  ['behind times', (line, index) => `2024-05-02T08:11:${String(index % 60).padStart(2, '0')}.000Z ${line}`],
  ['with carriage returns', (line) => `${line}\r`],
];

function wrapped(text: string, wrap: (line: string, index: number) => string): string {
  return text.split('\n').map(wrap).join('\n');
}

describe('a configuration over many lines', () => {
  it.each(WRAPPINGS)('tells its stage, %s', (_, wrap) => {
    expect(stages(wrapped(CONFIG_STAGE_2, wrap))).toEqual(['2 strong']);
  });

  it('points at the line with the number', () => {
    expect(told(CONFIG_STAGE_2, 'zero-stage')[0]?.at.line).toBe(15);
  });

  it('gives its threshold as a number', () => {
    expect(told(CONFIG_STAGE_2, 'persistence-threshold')).toMatchObject([{ elements: 100_000 }]);
  });

  it('is read although another process prints in between', () => {
    const text = '[rank0]:     "zero_optimization": {\n[rank1]: loading\n[rank0]:         "stage": 3,\n[rank0]:     },\n';
    expect(stages(text)).toEqual(['3 strong']);
  });

  it('takes no stage from another process', () => {
    const text =
      '[rank0]:     "zero_optimization": {\n[rank1]:         "stage": 3,\n[rank0]:         "overlap_comm": true\n[rank0]:     }\n';
    expect(stages(text)).toEqual([]);
  });

  it('is that of Accelerate as YAML too', () => {
    const yaml = `compute_environment: LOCAL_MACHINE
deepspeed_config:
  gradient_accumulation_steps: 1
  offload_param_device: none
  zero3_init_flag: true
  zero3_save_16bit_model: true
  zero_stage: 3
distributed_type: DEEPSPEED
num_processes: 8
`;
    expect(stages(yaml)).toEqual(['3 weak', '3 strong']);
    expect(told(yaml, 'sharding-library')).toMatchObject([{ library: 'deepspeed', strength: 'strong' }]);
  });
});

describe('a run of the deepspeed launcher', () => {
  const LOG = `[2024-03-09 10:20:30,123] [INFO] [runner.py:568:main] cmd = /opt/conda/bin/python -u -m deepspeed.launcher.launch --world_info=eyJsb2NhbGhvc3QiOiBbMCwgMV19 --master_port=29500 llava/train/train_mem.py --lora_enable True --lora_r 128 --deepspeed ./scripts/zero3.json --model_name_or_path /models/vicuna-7b --bf16 True
[2024-03-09 10:20:33,001] [INFO] [launch.py:145:main] WORLD INFO DICT: {'localhost': [0, 1]}
[2024-03-09 10:20:33,001] [INFO] [launch.py:163:main] dist_world_size=2
[2024-03-09 10:20:33,010] [INFO] [launch.py:253:main] process 4121 spawned with command: ['/opt/conda/bin/python', '-u', 'llava/train/train_mem.py', '--local_rank=0', '--lora_enable', 'True', '--deepspeed', './scripts/zero3.json']
[2024-03-09 10:20:33,011] [INFO] [launch.py:253:main] process 4122 spawned with command: ['/opt/conda/bin/python', '-u', 'llava/train/train_mem.py', '--local_rank=1', '--lora_enable', 'True', '--deepspeed', './scripts/zero3.json']
[2024-03-09 10:20:40,000] [INFO] [comm.py:637:init_distributed] cdb=None
[2024-03-09 10:20:40,001] [INFO] [comm.py:668:init_distributed] Initializing TorchBackend in DeepSpeed with backend nccl
[2024-03-09 10:20:55,100] [INFO] [partition_parameters.py:349:__exit__] finished initializing model - num_params = 291, num_elems = 6.74B
`;

  it('tells how it was started, once for all processes', () => {
    expect(told(LOG, 'command-line').map(({ script }) => script)).toEqual(['llava/train/train_mem.py', 'llava/train/train_mem.py']);
    expect(told(LOG, 'launcher').map(({ name }) => name)).toEqual(['deepspeed']);
    expect(told(LOG, 'world-size').map(({ size }) => size)).toEqual([2]);
  });

  it('suggests the stage by the name of a file', () => {
    expect(stages(LOG)).toEqual(['3 medium']);
  });

  it('tells what it is for, with which options, of which project', () => {
    expect(told(LOG, 'phase').map(({ phase }) => phase)).toEqual(['lora']);
    expect(told(LOG, 'option')).toMatchObject([{ name: 'lora_r', value: '128' }]);
    expect(told(LOG, 'project').map(({ name }) => name)).toEqual(['LLaVA']);
  });

  it.each([
    ['python run_glue.py --do_train --do_eval', ['fine-tuning']],
    ['python run_qa.py --do_eval', ['evaluation']],
    ['python run_qa.py --do_train False --do_predict', ['evaluation']],
    ['python main.py --eval_steps 100', []],
    ['bash scripts/v1_5/finetune_lora.sh', ['lora']],
    ['python train.py \\\n  --do_train \\\n  --do_eval', ['fine-tuning']],
    ['python -m llava.serve.cli --load-4bit', ['inference']],
    ['python tools/train_test.py', []],
    ['python zero_to_fp32.py . out', ['conversion']],
    ['python src/train_bash.py --stage sft --finetuning_type full', ['fine-tuning']],
  ])('tells by %s what it is for', (command, phases) => {
    expect(told(command, 'phase').map(({ phase }) => phase)).toEqual(phases);
  });

  it('tells that parameters were partitioned at construction', () => {
    expect(told(LOG, 'zero-init')).toMatchObject([{ parameters: 291 }]);
  });
});

describe('several runs in one log', () => {
  const engine = (stage: number) =>
    `[Rank 0] DeepSpeed info: version=0.12.6, git-hash=unknown\n[Rank 0] Creating torch.bfloat16 ZeRO stage ${stage} optimizer\n`;

  it('keep their stages in order, also where one comes back', () => {
    expect(stages(engine(2) + engine(3) + engine(2))).toEqual(['2 strong', '3 strong', '2 strong']);
  });

  it('repeat what they are told again behind a new launch', () => {
    const run = `+ torchrun --nproc_per_node=2 train.py\n${engine(3)}`;
    expect(told(run + run, 'engine-live')).toHaveLength(2);
    expect(told(run + run, 'command-line')).toHaveLength(2);
  });

  it('say a thing once where processes repeat it', () => {
    expect(stages(engine(3) + engine(3))).toEqual(['3 strong']);
  });
});

describe('versions', () => {
  it('come from the report of an environment', () => {
    const text = `- \`transformers\` version: 4.37.2
- Platform: Linux-6.2.0-1017-aws-x86_64-with-glibc2.31
- Python version: 3.9.18
- Huggingface_hub version: 0.19.4
- Safetensors version: 0.4.1
- Accelerate version: 0.26.1
- Accelerate config:    not found
- PyTorch version (GPU?): 2.0.1+cu118 (True)
- Tensorflow version (GPU?): 2.11.0 (True)
`;
    expect(versions(text)).toEqual(['transformers 4.37.2', 'python 3.9.18', 'safetensors 0.4.1', 'accelerate 0.26.1', 'torch 2.0.1+cu118']);
  });

  it('come from ds_report', () => {
    const text = `DeepSpeed general environment info:
torch install path ............... ['/opt/conda/lib/python3.10/site-packages/torch']
torch version .................... 2.3.0+cu121
deepspeed install path ........... ['/opt/conda/lib/python3.10/site-packages/deepspeed']
deepspeed info ................... 0.15.5+unknown, unknown, unknown
torch cuda version ............... 12.1
deepspeed wheel compiled w. ...... torch 0.0, cuda 0.0
`;
    expect(versions(text)).toEqual(['torch 2.3.0+cu121', 'deepspeed 0.15.5+unknown']);
  });

  it('are not those of a configuration, a requirement or a path', () => {
    const text = `  "transformers_version": "4.31.0",
peft 0.6.0 requires accelerate>=0.21.0, but you have accelerate 0.20.3 which is incompatible.
Parsing checkpoint created by deepspeed==0.9.5
/opt/deepspeed-0.16.4/deepspeed/runtime/config_utils.py:100: UserWarning
`;
    expect(versions(text)).toEqual([]);
  });
});

describe('the code in a traceback', () => {
  const TRACEBACK = `Traceback (most recent call last):
  File "/home/user/project/tower.py", line 20, in load_tower
    self.tower.load_state_dict(weights, strict=False)
  File "/opt/conda/lib/python3.10/site-packages/torch/nn/modules/module.py", line 2153, in load_state_dict
    raise RuntimeError('Error(s) in loading state_dict for {}:\\n\\t{}'.format(
RuntimeError: Error(s) in loading state_dict for Tower:
	size mismatch for a.weight: copying a param with shape torch.Size([4, 4]) from checkpoint, the shape in current model is torch.Size([0]).
	size mismatch for a.bias: copying a param with shape torch.Size([4]) from checkpoint, the shape in current model is torch.Size([0]).
	size mismatch for b.weight: copying a param with shape torch.Size([4, 4, 3, 3]) from checkpoint, the shape in current model is torch.Size([0]).
`;

  it.each(WRAPPINGS)('gives the remedy its names, %s', (_, wrap) => {
    const [failure] = analyse(wrapped(TRACEBACK, wrap)).failures;
    const snippets = failure?.diagnoses.flatMap(({ remedies }) => remedies.map(({ snippet }) => snippet?.code ?? ''));
    expect(failure?.origin).toMatchObject({ function: 'load_tower' });
    expect(snippets?.join('\n')).toContain('self.tower.load_state_dict(weights, strict=False)');
  });

  it('tells the options of the call', () => {
    expect(told(TRACEBACK, 'option')).toMatchObject([{ name: 'strict', value: 'False', at: { line: 3 } }]);
  });
});

it('finds the same with and without the search for literals', () => {
  const filler = "{'loss': 1.2, 'grad_norm': 0.3, 'learning_rate': 2e-05, 'epoch': 0.1}\n".repeat(50);
  const text = `${filler}${CONFIG_STAGE_2}${filler}torchrun --nproc_per_node=2 \\\n   train.py \\\n   --deepspeed ds_z3.json\n${filler}`;
  const facts = (clues: readonly Clue[]) => clues.map((clue) => JSON.stringify(clue));
  expect(facts(analyse(text).clues)).toEqual(facts(analyse(text, false).clues));
  expect(told(text, 'command-line')).toMatchObject([{ script: 'train.py' }]);
});

it.each(clueSources)('finds every sample of $name with the search for literals', ({ patterns }) => {
  const filler = "{'loss': 1.2, 'grad_norm': 0.3, 'learning_rate': 2e-05, 'epoch': 0.1}\n".repeat(40);
  const samples = patterns.flatMap((pattern) => pattern.samples.map(({ text }) => text));
  const read = (prefilter: boolean) => {
    const analysis = createAnalysis({ prefilter });
    for (const [index, sample] of samples.entries()) {
      const source = analysis.source(`${index}.log`);
      source.push(new TextEncoder().encode(`${filler}${sample}\n${filler}`));
      source.end();
    }
    return analysis.report().clues.map(({ at, ...fact }) => `${samples[Number.parseInt(at.source, 10)]}: ${JSON.stringify(fact)}`);
  };
  expect(read(true)).toEqual(read(false));
});
