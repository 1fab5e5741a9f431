/** What is wrong with a file, read from the reason that its reader gives. */
export interface Damage {
  readonly kind: 'pointer' | 'page' | 'cut' | 'empty' | 'zeros' | 'foreign' | 'absent';
  readonly reason: RegExp;
  /** Behind "the file". */
  readonly is: string;
  readonly because: string;
  readonly sure: boolean;
  readonly source: string;
}

/** The first that fits; the more special stand first. */
export const DAMAGES: readonly Damage[] = [
  {
    kind: 'pointer',
    reason: /git-lfs|invalid load key '?v'?$/i,
    is: 'is a git-lfs pointer, a text of about 130 bytes in place of the weights',
    because: 'it begins with `v`, as in `version https://git-lfs.github.com/spec/v1`',
    sure: true,
    source: 'torch/serialization.py; git-lfs docs/spec.md',
  },
  {
    kind: 'page',
    reason: /web page|JSON document|invalid load key '?[<{]'?$/i,
    is: 'is a web page or a message of the server in place of the weights',
    because: 'it begins like HTML or JSON: a login page, an error, or the page around the download',
    sure: true,
    source: 'torch/serialization.py',
  },
  {
    kind: 'pointer',
    reason: /HeaderTooLarge|header too large/i,
    is: 'is no safetensors file: most likely a git-lfs pointer of about 130 bytes, or a web page',
    because: 'its first eight bytes, read as the length of the header, give an impossible number, as text does',
    sure: false,
    source: 'safetensors/src/tensor.rs; OmniParser#34, MagicTime#21, diffusers#13559',
  },
  {
    kind: 'empty',
    reason: /HeaderTooSmall|header too small|Ran out of input/i,
    is: 'is (nearly) empty',
    because: 'it is shorter than the eight bytes that every file of this kind begins with',
    sure: true,
    source: 'safetensors/src/tensor.rs',
  },
  {
    kind: 'cut',
    reason: /MetadataIncompleteBuffer|incomplete metadata|not fully covered|InvalidHeaderLength|invalid header length/i,
    is: 'is cut: its header promises more bytes than there are',
    because: 'the header was read, and the tensors that it lists do not fit into the file',
    sure: true,
    source: 'safetensors/src/tensor.rs; airllm#137, Qwen#462',
  },
  {
    kind: 'cut',
    reason:
      /central directory|unexpected end of file|unexpected EOF|truncated|wrong size|EOF while parsing|stack underflow|could not find MARK/i,
    is: 'is cut: its end is not there',
    because: 'what a checkpoint keeps at its end was not found',
    sure: true,
    source: 'torch/serialization.py, caffe2/serialize/inline_container.cc',
  },
  {
    kind: 'zeros',
    reason: /invalid load key '?\\+x00'?$/i,
    is: 'begins with zeros: its place on the disk was reserved and never filled, or the disk lost it',
    because: 'the first byte is 0 where a checkpoint has its mark',
    sure: true,
    source: 'torch/serialization.py',
  },
  {
    kind: 'absent',
    reason: /files are absent|tensors/i,
    is: 'is not complete: parts of it are not there',
    because: 'fewer parts were found than the checkpoint was saved in',
    sure: true,
    source: 'deepspeed/utils/zero_to_fp32.py, llama.cpp src/llama-model-loader.cpp',
  },
  {
    kind: 'foreign',
    reason: /InvalidHeader|invalid JSON|magic number|invalid load key|data\.pkl|invalid UTF-?8/i,
    is: 'is damaged, or of another format than its reader expects',
    because: 'its beginning is not that of such a file',
    sure: false,
    source: 'torch/serialization.py, safetensors/src/tensor.rs',
  },
];
