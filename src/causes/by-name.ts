/** Names beyond these are read again each time: memory must not grow with the failure. */
const MAX_REMEMBERED = 20_000;

/** What a name tells is asked by many causes, and read once. A parameter without a name tells what the empty name does. */
export function byName<Told>(read: (name: string) => Told): (name: string | undefined) => Told {
  const known = new Map<string, Told>();
  return (name = '') => {
    const told = known.get(name);
    if (told !== undefined) return told;
    const fresh = read(name);
    if (known.size < MAX_REMEMBERED) known.set(name, fresh);
    return fresh;
  };
}
