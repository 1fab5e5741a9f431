import { type ClueFact, type ClueSource, fixedPattern } from './clue-pattern.js';

/** Advice that stands in the messages themselves. It may lose weights without a word, so that the report says what it would do here. */
export const libraryHint: ClueSource = {
  name: 'library-hint',
  patterns: [
    fixedPattern(
      'ignore-mismatched-sizes', // transformers modeling_utils.py and utils/loading_report.py, modeling_flax_utils.py; diffusers model_loading_utils.py
      'ignore_mismatched_sizes',
      /(?:adding|pass(?: both)?|Using|with|set|use)\s[^\n]{0,60}?`ignore_mismatched_sizes(?:=True)?`/i,
      hint('ignore-mismatched-sizes'),
      '\tYou may consider adding `ignore_mismatched_sizes=True` in the model `from_pretrained` method.',
      'please make sure to pass both `low_cpu_mem_usage=False` and `ignore_mismatched_sizes=True`.',
      'RuntimeError: You set `ignore_mismatched_sizes` to `False`, thus raising an error. For details look at the above report!',
    ),
    fixedPattern(
      'assign-true', // torch/nn/modules/module.py, _load_from_state_dict: a warning about meta parameters
      'mean to pass `assign',
      /Did you mean to pass `assign=True`/,
      hint('assign-true'),
      'UserWarning: for weight: copying from a non-meta parameter in the checkpoint to a meta parameter in the current model, which is a no-op. (Did you mean to pass `assign=True` to assign items',
    ),
    fixedPattern(
      'strict-false', // lightning, orbax, timm-based projects
      'strict=False',
      /\b(?:set|setting|pass|passing|use|using|try|try using|with|consider)\s[`"']?strict=False/i,
      hint('strict-false'),
      'To ignore the keys, set `strict=False` in load_from_checkpoint',
    ),
  ],
};

function hint(name: Extract<ClueFact, { readonly kind: 'library-hint' }>['hint']): readonly ClueFact[] {
  return [{ kind: 'library-hint', hint: name }];
}
