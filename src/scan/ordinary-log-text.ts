/**
 * What fills training logs, with the figures left out. The search looks for a literal by a few neighbouring bytes of it; bytes that
 * stand here stand everywhere, so others are chosen. It is a measure of frequency and nothing else: with any other text the same
 * lines are found, at another speed. Made by hand after the step lines of DeepSpeed, Megatron-LM, transformers, mmengine, fairseq,
 * Lightning and vLLM.
 */

/** What is printed at every step, by far the most of a long log. */
export const STEP_LINES = `
[INFO] [logging.py:log_dist] [Rank 0] step=, skipped=, lr=[, ], mom=[(, ), (, )] [INFO] [timer.py:stop] epoch=/micro_step=/global_step=,
RunningAvgSamplesPerSec=, CurrSamplesPerSec=, MemAllocated=GB, MaxMemAllocated=GB [INFO] [config.py:print] [WARNING] [DEBUG] [ERROR] info warning
{'loss': , 'grad_norm': , 'learning_rate': e-05, 'epoch': } {'eval_loss': , 'eval_runtime': , 'eval_samples_per_second': , 'eval_steps_per_second': }
{'train_runtime': , 'train_loss': , 'train_samples_per_second': } "loss": , "step": , "epoch": , "lr": , "time": , "memory": , "iter":
 iteration / | consumed samples: | elapsed time per iteration (ms): | learning rate: E-04 | global batch size: | lm loss: E+00 | loss scale: |
 grad norm: | num zeros: | params norm: | number of skipped iterations: | number of nan iterations: | TFLOPs | throughput per GPU
step loss logits torch.Size([, ]) hidden torch.Size([, ]) labels torch.Size([, ]) tensor shape dtype=torch.float32 torch.bfloat16 device='cuda:0'
tensor([, ], device='cuda:', grad_fn=<MeanBackward0>) requires_grad=True input_ids attention_mask inputs outputs output input shapes size mean std
 - mmengine - INFO - Epoch(train) [][/] base_lr: e-04 lr: e-04 eta: :: time: data_time: memory: loss: loss_cls: loss_bbox: acc: top1_acc: Iter(val)
[rank0]: train | epoch | step | loss | ppl | wps | ups | lr | gnorm | clip | train_wall | gb_free | wall | nll_loss | bsz | num_updates | best_loss
Train: %|it/s, loss=, v_num=] Training: Validating: Evaluating: Epoch : | s/it, examples/s] batches samples Map: Generating train split: Downloading
INFO :: [metrics.py:] Avg prompt throughput: tokens/s, Avg generation throughput: tokens/s, Running: reqs, Swapped: reqs, Pending: reqs, GPU KV cache
usage: %, CPU KV cache usage: %.
`;

/** What is printed now and then, and ordinary words. */
export const ORDINARY_WORDS = ` Loading checkpoint shards: Loading weights: Fetching files: Tokenizing Saving model checkpoint to ./output/checkpoint-; Configuration saved in
 config.json; Model weights saved in model.safetensors pytorch_model.bin tokenizer config file saved in optimizer scheduler random states saved
/usr/lib/python3.11/site-packages/torch/nn/modules/utils/checkpoint.py: UserWarning: FutureWarning: None of the
(RayWorkerWrapper pid=) worker process host node local_rank world_size master nccl NCCL INFO Channel : via P2P/CUMEM comm init complete
accuracy precision recall metric metrics score scores reward rewards episode mean return policy value entropy kl steps total timesteps fps rollout
model.layers.self_attn.q_proj.weight encoder.layer.attention.output.dense.weight decoder embeddings word_embeddings mlp.fc.bias norm bn running_mean
conv.weight layer_norm blocks module backbone head transformer module.encoder lora_A lora_B up_proj down_proj gate_proj k_proj v_proj o_proj
  File "", line , in <module> return forward_call(*args, **kwargs) self._call_impl def forward(self, x): raise main() trainer.train() import
the of to and in is for that with on this from be are not was were will has have it by as at or an you can use used using your which when if all
 set get run running time times data dataset file files path name names type version default value values number start started end done finished
 created loaded loading load save saving saved update updated size length batch max min avg current next last first new old true false True False None
 http https github com www user users home root workspace project experiment results logs log date python conda env envs bin torchrun train.py
`;

/** What a failure repeats for hundreds of parameters and ranks: its one telling word is found, the others need not be looked at. */
export const FAILURE_LINES = `
[rank0]: 	size mismatch for base_model.model.model.layers.1.self_attn.q_proj.weight: copying a param with shape torch.Size([, ]) from checkpoint,
 the shape in current model is torch.Size([0]). mlp.gate_proj mlp.up_proj mlp.down_proj input_layernorm post_attention_layernorm bias module.encoder
RuntimeError: Error(s) in loading state_dict for Model: Missing key(s) in state_dict: "model.layers.0.weight", "backbone.norm.bias", Unexpected key(s)
 - model.decoder.weight: found shape torch.Size([, ]) in the checkpoint and torch.Size([, ]) in the model instantiated
Some weights of the model checkpoint at were not used when initializing Model: ['encoder.layer.0.attention.self.query.weight', 'classifier.bias']
`;
