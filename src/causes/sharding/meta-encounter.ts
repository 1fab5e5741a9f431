/** Where the tensor without data was met, as the message tells. */
export type Encounter =
  /** A copy into a parameter of the model that has none: a warning, and nothing happens. */
  | 'copied-into'
  /** A copy out of the state dict, which has none itself. */
  | 'copied-out'
  /** Accelerate built the model on meta and the file has nothing for a parameter. */
  | 'no-value'
  /** A part loads its own file while the constructor of the whole runs on meta. */
  | 'nested'
  /** The first use of a parameter that no load has filled. */
  | 'used';
