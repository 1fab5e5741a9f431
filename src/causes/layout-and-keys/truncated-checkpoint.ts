import { type Case, type Cause, type Diagnosis, decline, type Remedy } from '../../model/diagnosis.js';
import type { LoadFailure, Notice } from '../../model/failure.js';
import { answer } from '../architecture/answer.js';
import { DAMAGES, type Damage } from './damage-table.js';
import { pathInShell } from './telling.js';

const ID = 'truncated-checkpoint';

export const truncatedCheckpoint: Cause = { id: ID, diagnose };

/** The tell-tale: the reader of the file stopped before it came to any parameter. */
function diagnose({ failure }: Case) {
  const notice = failure.notices.find(({ topic }) => topic === 'file-damaged');
  if (notice === undefined) return decline(ID, 'the file was read: no reader complains of its header, length or archive');
  if (failure.mismatches.length > 0) return decline(ID, 'shapes of the checkpoint were read, so the file is whole');
  return tell(failure, notice, damageOf(notice));
}

function damageOf({ values }: Notice): Damage | undefined {
  const said = [values.pointer, values.reason, 'tensorsFound' in values ? 'tensors' : undefined].flatMap((value) =>
    value === undefined ? [] : [String(value)],
  );
  return said.flatMap((text) => DAMAGES.find(({ reason }) => reason.test(text)) ?? [])[0];
}

function tell(failure: LoadFailure, notice: Notice, damage: Damage | undefined): Diagnosis {
  const { checkpoint } = failure;
  const file = checkpoint === undefined ? 'The checkpoint file' : `\`${checkpoint}\``;
  const said = String(notice.values.reason ?? `${notice.values.tensorsFound} of ${notice.values.tensorsExpected} tensors`);
  return answer({
    cause: ID,
    title: `${file} ${damage?.is ?? 'is damaged'}; no weight was read from it.`,
    confidence: damage?.sure === true ? 'certain' : 'likely',
    specificity: 90,
    explained: { mismatches: [], missingKeys: failure.missingKeys, unexpectedKeys: failure.unexpectedKeys },
    evidence: [
      { statement: `the reader of the file says: ${said}`, at: notice.at },
      ...(damage === undefined ? [] : [{ statement: `${damage.because} (${damage.source})` }]),
      ...missingBytes(notice),
    ],
    remedies: remediesOf(failure, damage),
    doesNotHelp: [
      {
        advice: 'another option of the loader, another class, strict=False',
        reason: 'the weights are not in this file; nothing that reads it can find them.',
      },
    ],
    afterwards: ['Names and shapes were not compared yet: a mismatch may surface once the file is whole.'],
    wouldDecide:
      damage?.sure === true
        ? []
        : [
            {
              question: 'How large is the file, and what does it begin with?',
              command: `ls -l ${pathInShell(checkpoint)}; head -c 200 ${pathInShell(checkpoint)}`,
            },
          ],
  });
}

function missingBytes({ values }: Notice) {
  return values.missingBytes === undefined ? [] : [{ statement: `${values.missingBytes} bytes are not there` }];
}

function remediesOf({ checkpoint }: LoadFailure, damage: Damage | undefined): readonly Remedy[] {
  const path = pathInShell(checkpoint);
  const look: Remedy = {
    title: 'Look at size and beginning of the file',
    text: 'A pointer of git-lfs has about 130 bytes and begins with "version https://git-lfs"; a web page begins with "<". Compare the size with that of the source.',
    snippet: { language: 'bash', code: `ls -l ${path}\nhead -c 200 ${path}` },
  };
  if (damage?.kind === 'absent') return [copyAll(), fallBack()];
  if (damage?.kind === 'pointer') return [look, fetchPointer(), again()];
  if (damage?.kind === 'page') return [look, again()];
  return [look, again(), fallBack()];
}

function fetchPointer(): Remedy {
  return {
    title: 'Fetch what the pointer stands for',
    text: 'In a clone of the repository git-lfs does it. In a mirror made with rsync or from a bucket the pointer is all there is: download from the origin instead.',
    snippet: {
      language: 'bash',
      code: 'git lfs install && git lfs pull\n# or without git:\nhuggingface-cli download REPOSITORY --local-dir DIRECTORY',
    },
  };
}

function again(): Remedy {
  return {
    title: 'Download or copy it again, past the cache',
    text: 'A cut file in the cache is taken for a whole one; compare the checksum (sha256) with the one that the source shows.',
    snippet: { language: 'bash', code: 'huggingface-cli download REPOSITORY FILE --force-download\nsha256sum FILE' },
  };
}

function fallBack(): Remedy {
  return {
    title: 'If the run saved it itself: take the checkpoint before it',
    text: 'A disk that ran full, a time limit or a kill while saving leaves such a file. Save under another name and rename when done, and let one rank write.',
    snippet: { language: 'bash', code: 'df -h .; ls -lt CHECKPOINTS | head' },
  };
}

function copyAll(): Remedy {
  return {
    title: 'Bring the missing parts',
    text: 'Copy the whole folder of the checkpoint, with the files of every rank and node; one disk per node holds only its own.',
    snippet: { language: 'bash', code: 'ls -l CHECKPOINT' },
  };
}
