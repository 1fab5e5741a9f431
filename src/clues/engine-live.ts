import { type ClueFact, type ClueSource, fixedPattern } from './clue-pattern.js';

/** `deepspeed.initialize` had begun or was over. What is partitioned then are all parameters, and the optimizer holds copies of its own. */
export const engineLive: ClueSource = {
  name: 'engine-live',
  patterns: [
    fixedPattern(
      'initialize', // deepspeed/__init__.py
      'DeepSpeed info',
      /DeepSpeed info: version=/,
      live('deepspeed.initialize was called'),
      '[2023-06-01 10:00:00,000] [INFO] [logging.py:96:log_dist] [Rank 0] DeepSpeed info: version=0.9.2, git-hash=unknown, git-branch=unknown',
    ),
    fixedPattern(
      'optimizer', // deepspeed/runtime/engine.py
      'DeepSpeed Final Optimizer',
      /DeepSpeed Final Optimizer = \S/,
      live('the engine has its optimizer'),
      '[Rank 0] DeepSpeed Final Optimizer = DeepSpeedZeroOptimizer_Stage3',
    ),
    fixedPattern(
      'configuration', // deepspeed/runtime/config.py, printed at the end of the engine's constructor
      'DeepSpeedEngine configuration',
      /DeepSpeedEngine configuration:/,
      live('the engine printed its configuration'),
      '[2026-11-23 17:25:44,757] [INFO] [config.py:1001:print] DeepSpeedEngine configuration:',
    ),
    fixedPattern(
      'persistent-parameters', // deepspeed/runtime/zero/parameter_offload.py; shown under the Trainer too
      'Parameter Offload',
      /Parameter Offload(?:: Total persistent parameters: \d| - Persistent parameters statistics: param_count)/,
      live('the engine counted its persistent parameters'),
      'Parameter Offload: Total persistent parameters: 7552 in 46 params',
    ),
    fixedPattern(
      'frame', // deepspeed/runtime/engine.py: what is called on an engine, not its constructor
      'deepspeed/runtime/engine.py',
      /deepspeed\/runtime\/engine\.py", line \d+, in (?:load_checkpoint|_load_checkpoint|load_module_state_dict|save_checkpoint|save_16bit_model|forward|backward|step|_take_model_step)\b/,
      live('the engine stands in the traceback'),
      '  File "/opt/conda/lib/python3.10/site-packages/deepspeed/runtime/engine.py", line 2566, in load_module_state_dict',
    ),
  ],
};

function live(form: string): readonly ClueFact[] {
  return [{ kind: 'engine-live', form }];
}
