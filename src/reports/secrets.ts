/**
 * What must not travel with a report, one entry a kind. By form or by name, never by entropy: a git commit, a parameter's name, a shape
 * and a version number look as random as a key, and a report without them is worthless.
 */

export interface SecretKind {
  /** Stands in the placeholder: `<secret:hf:1>`, `<email:1>`. */
  readonly label: string;
  readonly expression: RegExp;
  /** Names the group that holds the value; without it the whole match is the value. */
  readonly group?: 'value';
  /** A last look at what was matched, where an expression alone cannot tell; `before` is the text in front of it. */
  readonly accepts?: (value: string, before: string) => boolean;
}

/** `hf_token=None`, `api_key=True`, `"auth_token": "str"` hold nothing. `<` begins a placeholder, which makes masking idempotent; `$` a variable. */
function isRealValue(value: string): boolean {
  return !/^(?:none|null|true|false|str|string|\d{1,6}|\*+|x+|\.+|[<$[{(].*)$/i.test(value);
}

/** Accounts that an image or a cloud comes with name nobody. */
const NOBODY =
  /^(?:ubuntu|root|user|users|runner|jovyan|ec2-user|azureuser|admin|vscode|coder|app|work|shared|public|default|conda|docker|nobody|all)$/i;

/** A dotted quadruple behind one of these is a version: `nvidia-cublas-cu12==12.1.3.1`, `cuDNN 8.9.2.26`, `v1.2.3.4`. */
const BEFORE_A_VERSION =
  /(?:[=<>~!]=\s*|\bversion["':=\s]*|\bv|[\w-]\/|[a-z0-9_]-|\b(?:cuda|cudnn|cublas|cufft|curand|cusolver|cusparse|nccl|nvidia|driver|tensorrt|torch|release|build)\w*["':=\s]+)$/i;

function isAddress(value: string, before: string): boolean {
  const numbers = value.split('.').map(Number);
  if (numbers.some((number) => number > 255)) return false;
  return !/^(?:127\.|0\.0\.0\.0$|255\.255\.255\.)/.test(value) && !BEFORE_A_VERSION.test(before.slice(-24));
}

const KEY_WORD = `(?:api[_-]?key|access[_-]?key(?:[_-]?id)?|secret[_-]?(?:access[_-]?)?key|account[_-]?key|auth[_-]?key|license[_-]?key|client[_-]?secret|secret|passw(?:or)?d|passphrase|credentials?)`;
const TOKEN_WORD = `(?:hf|hub|access|auth|api|bearer|refresh|session|github|gitlab|login|wandb|use_auth|push_to_hub|huggingface(?:_hub)?|hugging_face_hub)[_-]?token`;
const QUOTED_OR_BARE = String.raw`["']?(?<value>[^\s"',;&)}\]]{4,})`;
const BOUNDARY = '(?<![A-Za-z0-9])';
/** Not beyond what may be the beginning of another one: many beginnings would be looked at in square time. */
const JWT_PART = '(?:(?![_-]eyJ)[A-Za-z0-9_-]){10,}';

/** In this order: what is certain by its form goes before what is only named, so that it keeps the more telling label. */
export const SECRET_KINDS: readonly SecretKind[] = [
  { label: 'secret:private-key', expression: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g },
  { label: 'secret:hf', expression: new RegExp(`${BOUNDARY}(?:hf_[A-Za-z0-9]{24,}|api_org_[A-Za-z0-9]{24,})(?![A-Za-z0-9_])`, 'g') },
  { label: 'secret:anthropic', expression: new RegExp(`${BOUNDARY}sk-ant-[A-Za-z0-9_-]{20,}`, 'g') },
  {
    label: 'secret:openai',
    expression: new RegExp(`${BOUNDARY}sk-(?:(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{32,})`, 'g'),
  },
  { label: 'secret:github', expression: new RegExp(`${BOUNDARY}(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})`, 'g') },
  { label: 'secret:gitlab', expression: new RegExp(`${BOUNDARY}gl(?:pat|dt|rt|cbt)-[A-Za-z0-9_-]{20,}`, 'g') },
  { label: 'secret:aws', expression: new RegExp(`${BOUNDARY}(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])`, 'g') },
  { label: 'secret:google', expression: new RegExp(`${BOUNDARY}AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])`, 'g') },
  { label: 'secret:slack', expression: new RegExp(`${BOUNDARY}(?:xox[abeprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,})`, 'g') },
  { label: 'secret:slack', expression: /hooks\.slack\.com\/services\/(?<value>[A-Za-z0-9/]{20,})/g, group: 'value' },
  { label: 'secret:wandb', expression: new RegExp(`${BOUNDARY}wandb_v1_[A-Za-z0-9_]{20,}`, 'g') },
  // A W&B key of old is forty hexadecimal digits like a git commit: only its surroundings tell them apart.
  { label: 'secret:wandb', expression: /\bwandb\.?\s*login\b[^\n]{0,40}?\b(?<value>[0-9a-f]{40})\b/gi, group: 'value' },
  { label: 'secret:wandb', expression: /\bWANDB_API_KEY["']?\s*[=:]\s*["']?(?<value>[0-9a-f]{40})\b/gi, group: 'value' },
  { label: 'secret:jwt', expression: new RegExp(`${BOUNDARY}eyJ${JWT_PART}\\.eyJ${JWT_PART}\\.[A-Za-z0-9_-]+`, 'g') },
  { label: 'secret:bearer', expression: /\bBearer\s+(?<value>[A-Za-z0-9._~+/=-]{16,})/g, group: 'value' },
  { label: 'secret:url', expression: /\b[a-z][a-z0-9+.-]{0,30}:\/\/(?<value>[^\s/@:<>"']*:[^\s/@<>"']+)@/gi, group: 'value' },
  { label: 'secret:url', expression: /\bhttps?:\/\/(?<value>[^\s/@:<>"']{8,})@/gi, group: 'value' },
  {
    label: 'secret:url',
    expression: /[?&](?:X-Amz-(?:Signature|Credential|Security-Token)|sig|signature|access_token|token|key)=(?<value>[^\s&"'<>]{8,})/gi,
    group: 'value',
  },
  // `WANDB_API_KEY=…`, `export HF_TOKEN="…"`: a variable of the environment, by its last word.
  {
    label: 'secret:named',
    expression: new RegExp(
      String.raw`\b[A-Z][A-Z0-9_]*(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|_PAT)["']?\]?\s*(?:=|:\s)\s*${QUOTED_OR_BARE}`,
      'g',
    ),
    group: 'value',
    accepts: isRealValue,
  },
  // `api_key='…'`, `--hf-token …`, `"password": "…"`. Only `token` with a word that makes it a credential: `pad_token`, `cls_token` are text.
  {
    label: 'secret:named',
    expression: new RegExp(String.raw`(?<![A-Za-z0-9])(?:${KEY_WORD}|${TOKEN_WORD})(?:["']?\s*[=]\s*|["']\s*:\s*)${QUOTED_OR_BARE}`, 'gi'),
    group: 'value',
    accepts: isRealValue,
  },
  {
    label: 'secret:named',
    expression: new RegExp(String.raw`--(?:[a-z0-9]+[_-])*(?:${KEY_WORD}|${TOKEN_WORD}|token)(?:\s+|=|',\s*')${QUOTED_OR_BARE}`, 'gi'),
    group: 'value',
    accepts: (value) => isRealValue(value) && !value.startsWith('-'),
  },
  {
    label: 'email',
    expression: /(?<![A-Za-z0-9._%+/-])(?<value>[A-Za-z0-9][A-Za-z0-9._%+-]*@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})(?![A-Za-z0-9])/g,
    group: 'value',
    accepts: (value) => !value.startsWith('git@'),
  },
  {
    label: 'user',
    expression:
      /(?<=(?:^|[^A-Za-z0-9_.-]|[A-Za-z0-9_.-](?=\/))(?:\/|[A-Za-z]:\\{1,2}|\\)(?:home|Users|users)(?:\/|\\{1,2}))(?<value>[A-Za-z0-9][A-Za-z0-9._-]*)(?=[/\\]|$|[\s"':,)])/g,
    group: 'value',
    accepts: (value) => !NOBODY.test(value),
  },
  // The DeepSpeed launcher passes its hosts as base64: `--world_info=eyJ3b3JrZXItMCI6…`.
  { label: 'host', expression: /--world_info[= ](?<value>[A-Za-z0-9+/=_-]{8,})/g, group: 'value' },
  {
    label: 'host',
    expression:
      /(?:\bMASTER_ADDR|\bmaster_addr(?:ess)?|--master[_-]addr|--main_process_ip|--rdzv[_-]endpoint|\brdzv_endpoint|\bhost_?name|\bHOSTNAME|\bSLURMD_NODENAME|\bSLURM_JOB_NODELIST|\bSLURM_NODELIST|--host)["']?(?:\s*[=:]\s*|\s+|',\s*')["']?(?<value>[A-Za-z][A-Za-z0-9.[\],-]*[A-Za-z0-9\]])/g,
    group: 'value',
    accepts: (value) => !/^(?:localhost|None|auto|static|c10d)$/i.test(value),
  },
  { label: 'host', expression: new RegExp(`${BOUNDARY}ip-\\d{1,3}-\\d{1,3}-\\d{1,3}-\\d{1,3}(?:\\.[a-z0-9.-]+)?`, 'g') },
  {
    label: 'host',
    expression:
      /(?<![A-Za-z0-9._/-])(?<value>[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?:internal|intranet|corp|lan|svc\.cluster\.local))(?![A-Za-z0-9.(-])/g,
    group: 'value',
  },
  { label: 'ip', expression: /(?<![\w.])(?<value>\d{1,3}(?:\.\d{1,3}){3})(?![\w]|\.\w)/g, group: 'value', accepts: isAddress },
  {
    label: 'ip',
    expression:
      /(?<![\w:.])(?<value>(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|fe80::[0-9a-f:]{4,}|(?:[0-9a-f]{1,4}:){2,6}:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)(?![\w:.])/gi,
    group: 'value',
  },
];
