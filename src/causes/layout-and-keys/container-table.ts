/**
 * What a training checkpoint holds beside the weights. Names from the savers of torch's ImageNet example, Lightning, mmengine, fairseq,
 * detectron2, timm, YOLOv5, OpenPCDet, nnU-Net, DINO, coqui; SiamCAR#95, VLCStoryGan#11, DSRNet#12, H3DNet#21.
 */
const BOOKKEEPING =
  /^(epoch|epochs|iteration|iterations|iter|it|step|steps|global_step|n_iter|best_\w+|\w*_best|\w*optimi[sz]ers?(_states?)?(_dict)?|optim\w*|\w*(lr_|_)?schedulers?(_states?)?(_dict)?|lr|args|arch|cfg|config|configs|hparams|hyper_parameters|hparams_name|callbacks|loops|pytorch-lightning_version|meta|message_hub|date|version|updates|wandb_id|train_loss|val_loss|loss|losses|accuracy|acc1?|mAP|metrics?|extra_state|last_optimizer_state|optimizer_history|task_state|criterion|amp|scaler|amp_scaler|grad_scaler\w*|rng_states?|random_states?|current_epoch|init_args|trainer_class|scheduler|tokenizer|vocab|class_names|classes|names|opt|options|params_info|num_updates|ema_updates|learning_rate|audio_config|model_args|iter_num|best_val_loss|model_(key|name|type|family)|\w*_rng_state|seed|time|timestamp|git|notes|notice)$/;

/** Under these the weights usually sit. */
const CONTAINERS =
  /^(state_dict|_?model|model_state|model_states|model_state_dict|\w*_?state_dict|net|network|network_weights|module|weights?|params|params_ema|parameters|ema|ema_model|ema_state_dict|generator|discriminator|netG|netD|G|D|G_ema|g_ema|student|teacher|encoder|decoder|backbone|policy|actor|critic|model_ema|net_state|model_weights|target|base|ckpt|checkpoint)$/;

export interface Containers {
  /** Keys under which the weights sit, the likeliest first. */
  readonly weights: readonly string[];
  readonly bookkeeping: readonly string[];
  /** True where the name of a container is known, not only left over. */
  readonly known: boolean;
  /** What someone prefixed the top level with (`module.model_state_dict`), with its dot. */
  readonly prefix: string;
}

/** Names that no layer has: one of them is enough. */
const UNMISTAKABLE =
  /state_dict$|^(_?model|model_states?|model_weights|network_weights|params_ema|model_ema|ema_model|G_ema|g_ema|netG|netD)$/;

/** Reads the list of unexpected keys as the top level of a training checkpoint; `undefined` where it is a list of parameters. */
export function readContainers(unexpected: readonly string[]): Containers | undefined {
  const prefix = unexpected.every((key) => key.startsWith('module.')) ? 'module.' : '';
  const names = unexpected.map((key) => key.slice(prefix.length));
  if (names.length === 0 || names.length > 60 || names.some((name) => name.includes('.'))) return undefined;
  const bookkeeping = names.filter((name) => BOOKKEEPING.test(name));
  const rest = names.filter((name) => !BOOKKEEPING.test(name));
  const weights = rest.filter((name) => CONTAINERS.test(name));
  if (bookkeeping.length === 0 && !areContainersAlone(rest, weights)) return undefined;
  if (weights.length > 0) return { weights: weights.toSorted(byCustom), bookkeeping, known: true, prefix };
  if (bookkeeping.length > 0 && rest.length > 0 && rest.length <= 3) return { weights: rest, bookkeeping, known: false, prefix };
  return bookkeeping.length >= 2 ? { weights: [], bookkeeping, known: false, prefix } : undefined;
}

/** Without a word of bookkeeping: `weight` and `bias` side by side are one layer, `encoder` alone may be anything. */
function areContainersAlone(names: readonly string[], weights: readonly string[]): boolean {
  return weights.some((name) => UNMISTAKABLE.test(name)) || (weights.length === names.length && names.length > 1);
}

export function isContainerList(unexpected: readonly string[]): boolean {
  return readContainers(unexpected) !== undefined;
}

/** The names that savers use most stand first; `optimizer_state_dict` and the like were taken out as bookkeeping. */
function byCustom(a: string, b: string): number {
  const order = ['state_dict', 'model_state_dict', 'model', 'model_state'];
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return rank(a) - rank(b);
}
