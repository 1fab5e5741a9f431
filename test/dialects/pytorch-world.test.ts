import { describe, expect, it } from 'vitest';
import { createAnalysis } from '../../src/analyze.js';
import type { Report } from '../../src/model/report.js';

function analyse(log: string): Report {
  const analysis = createAnalysis();
  const source = analysis.source('input.log');
  source.push(new TextEncoder().encode(`step 1 loss 3.21\n${log}\nstep 2 loss 3.19\n`));
  source.end();
  return analysis.report();
}

describe('messages that are no failure', () => {
  it.each([
    'Transferred 355/355 items from pretrained weights',
    '==> Done (loaded 621/621)',
    'IncompatibleKeys(missing_keys=[], unexpected_keys=[])',
    'Loaded image tower weights from a.pt. Incompatible keys: <All keys matched successfully>',
    'RuntimeError: aten.mm.default: got mixed torch.Tensor and DTensor, need to convert all torch.Tensor to DTensor before calling distributed operators!',
    'torch.distributed.checkpoint.api.CheckpointException: CheckpointException ranks:dict_keys([0])',
    'SyntaxError: unexpected EOF while parsing',
    'ValueError: Missing key: api_key.',
    'user.email | MISSING | ',
    'The model parameter table is done (loaded 3/4)',
  ])('%s', (line) => {
    expect(analyse(line).failures).toEqual([]);
  });
});

describe('lists of keys', () => {
  it('reads the second of two lists with the label of the first as the unexpected keys', () => {
    const [failure] = analyse(
      'RuntimeError: Error(s) in loading state_dict for Net\nMissing key(s): "a.weight","a.bias".\nMissing key(s): "b.weight".',
    ).failures;
    expect([failure?.missingKeys, failure?.unexpectedKeys]).toEqual([['a.weight', 'a.bias'], ['b.weight']]);
  });

  it('ends a list of groups at the first line that is no name', () => {
    const names = Array.from({ length: 60 }, (_, layer) => `  backbone.layers.${layer}.{bias, weight}`);
    const [failure] = analyse(
      `The checkpoint state_dict contains keys that are not used by the model:\n${names.join('\n')}\nDone`,
    ).failures;
    expect(failure?.unexpectedKeys).toHaveLength(120);
    expect(failure?.unexpectedKeys).toContain('backbone.layers.59.bias');
  });

  it('joins a Python list that a console broke at blanks', () => {
    const keys = Array.from({ length: 40 }, (_, layer) => `'model.layers.${layer}.mlp.weight'`);
    const [failure] = analyse(
      `Some weights of Net were not initialized from the model checkpoint at ./c and are newly initialized: \n[${keys.join(',\n')}]`,
    ).failures;
    expect(failure?.missingKeys).toHaveLength(40);
  });

  it('invents no name where the message stands in the repr() of an exception', () => {
    const [failure] = analyse(
      String.raw`caught RuntimeError('The model and loaded state dict do not match exactly\n\nmissing keys in source state_dict: fc.weight, fc.bias\n')`,
    ).failures;
    expect(failure?.missingKeys).toEqual(['fc.weight', 'fc.bias']);
  });

  it('passes on what follows the first words of a message that never comes', () => {
    const { failures } = analyse(
      'Some weights of the model checkpoint at ./c are older\nRuntimeError: Error(s) in loading state_dict for Net:\n\tMissing key(s) in state_dict: "fc.bias". ',
    );
    expect(failures.map(({ modelClass, missingKeys }) => [modelClass, missingKeys])).toEqual([['Net', ['fc.bias']]]);
  });
});

describe('the load report of transformers 5', () => {
  const raise =
    'Traceback (most recent call last):\nRuntimeError: You set `ignore_mismatched_sizes` to `False`, thus raising an error. For details look at the above report!';

  it('is a warning by itself and an error where the exception follows', () => {
    const report =
      'Net LOAD REPORT from: ./c\nKey | Status | \n----+--------+-\nfc.weight | MISMATCH | Reinit due to size mismatch ckpt: torch.Size([2, 8]) vs model:torch.Size([5, 8])\n';
    expect(analyse(report).failures.map(({ severity }) => severity)).toEqual(['warning']);
    expect(analyse(`${report}\n${raise}`).failures.map(({ severity }) => severity)).toEqual(['error']);
  });

  it('is missed where only the exception was kept, and the failure says that it knows no more', () => {
    const [failure, ...others] = analyse(raise).failures;
    expect(others).toEqual([]);
    expect([failure?.severity, failure?.complete, failure?.mismatches]).toEqual(['error', false, []]);
  });

  it('keeps reading its table behind rows of other pipeline ranks', () => {
    const other = Array.from({ length: 9 }, (_, layer) => `model.layers.${layer}.w | SKIPPED | PP rank 1`).join('\n');
    const [failure] = analyse(`Net LOAD REPORT from: ./c\nKey | Status | Details\n----+----+----\n${other}\nfc.bias | MISSING |`).failures;
    expect(failure?.missingKeys).toEqual(['fc.bias']);
  });
});

describe('transformers 4.50 to 4.57', () => {
  const message =
    'RuntimeError: Error(s) in loading state_dict for Linear:\n\tsize mismatch for bias: copying a param with shape torch.Size([2]) from checkpoint, the shape in current model is torch.Size([5]).';

  it('claims no complete list where one leaf module was loaded at a time', () => {
    const frame = '  File "/opt/transformers/modeling_utils.py", line 667, in _load_parameter_into_model\n    module.load_state_dict(\n';
    expect(analyse(`Traceback (most recent call last):\n${frame}${message}`).failures.map(({ complete }) => complete)).toEqual([false]);
    expect(analyse(message).failures.map(({ complete }) => complete)).toEqual([true]);
  });
});
