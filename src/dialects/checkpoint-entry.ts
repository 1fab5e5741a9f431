import type { Fields } from '../model/pattern.js';
import { type Dialect, type MessagePattern, message, readNotice } from './dialect.js';

/** Entries under which savers put a state dict (BasicSR, timm, Lightning, mmengine, YOLO); of other keys of a dict nothing is said. */
const ENTRY = 'params_ema|params|state_dict|model_state_dict|model_state|model_ema|model|ema|net|network|weights|generator|g_ema';
/** Python 3.11 and later mark the place in the line of code. */
const RAISED = String.raw`[^\n]{0,300}\n(?:[ ~^]{1,500}\n)?KeyError: ["']`;
const MOST_LINES = 2;

/** The entry in the line of code, and the same in the error. */
const NAMED = String.raw`[^\n]{0,300}?\[["'](?<entry>${ENTRY})["']\]${RAISED}\k<entry>["']`;

/**
 * Python, where the code takes the weights out of an entry that the file does not have: the last line of code in a traceback, and the bare
 * `KeyError` under it. The line of code has to speak of a load.
 */
export const checkpointEntry: Dialect = {
  name: 'checkpoint-entry',
  library: 'Python, where a checkpoint lacks the entry that the code reads',
  severity: 'error',
  patterns: [
    entry(
      'of-the-file',
      'torch.load',
      'torch.load(',
      String.raw`(?:load_state_dict\(|state_dict = )?torch\.load\([^\n]{0,500}\) {0,4}\[[^\]\n]{1,100}\]${RAISED}(?<entry>${ENTRY})["']`,
      [
        ["    load_net = torch.load(load_path)[param_key]\nKeyError: 'params'", 'params'],
        [
          `    net.load_state_dict(torch.load(path)["state_dict"])\n                        ~~~~~~~~~~~~~~~~^^^^\nKeyError: 'state_dict'`,
          'state_dict',
        ],
      ],
    ),
    entry('loaded', 'load_state_dict', 'load_state_dict(', String.raw`load_state_dict\((?![^\n]{0,500}torch\.load\()${NAMED}`, [
      ["    model.load_state_dict(ckpt['model'], strict=True)\nKeyError: 'model'", 'model'],
    ]),
    entry('taken-out', 'state_dict', 'state_dict = ', String.raw`state_dict = (?![^\n]{0,500}torch\.load\()${NAMED}`, [
      ["    state_dict = checkpoint['model_state_dict']\nKeyError: 'model_state_dict'", 'model_state_dict'],
    ]),
    // BasicSR, basicsr/models/base_model.py, load_network.
    entry('basicsr', 'param_key', 'load_net = load_net[', String.raw`load_net = load_net\[param_key\]${RAISED}(?<entry>${ENTRY})["']`, [
      ["    load_net = load_net[param_key]\nKeyError: 'params_ema'", 'params_ema'],
    ]),
  ],
};

function entry(
  name: string,
  literal: string,
  opens: string,
  source: string,
  samples: readonly (readonly [string, string])[],
): MessagePattern {
  return message(
    name,
    literal,
    { expression: new RegExp(source), opens, maxLines: MOST_LINES },
    readNotice('copy-failed', valuesOf),
    samples.map(([text, absentEntry]) => ({ text, states: [{ kind: 'notice', topic: 'copy-failed', values: { absentEntry } }] })),
  );
}

function valuesOf(fields: Fields): Readonly<Record<string, string>> {
  return { absentEntry: fields.text('entry') };
}
