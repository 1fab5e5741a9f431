/** A value that is made when it is first asked for: most logs hold words of few libraries, and compiling costs more than reading. `undefined` is made again. */
export function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
