// A function of an array of live collections of one class (`this`), of the probe and of
// the smallest gain that counts: which of them gained that much in each of the last two
// censuses, as pairs of position and last gain. Numbers and references to old objects are
// no new objects, so a list of them grows without anything being born.
function (probe, fewest) {
  const mapSize = Object.getOwnPropertyDescriptor(Map.prototype, 'size').get;
  const setSize = Object.getOwnPropertyDescriptor(Set.prototype, 'size').get;
  const measure = (object) => {
    if (Array.isArray(object)) return object.length;
    if (object instanceof Map) return mapSize.call(object);
    if (object instanceof Set) return setSize.call(object);
    return 0;
  };
  // Size and number of gains in one number: an object per collection would show up in
  // the snapshots as born.
  const most = 4;
  const gained = [];
  for (let position = 0; position < this.length; position++) {
    const object = this[position];
    let size;
    try {
      size = measure(object);
    } catch {
      continue; // the prototype of a subclass is no collection itself
    }
    const before = probe.sizes.get(object);
    const gain = before === undefined ? 0 : size - Math.floor(before / most);
    const gains = gain >= fewest ? Math.min((before % most) + 1, most - 1) : 0;
    probe.sizes.set(object, size * most + gains);
    if (gains >= 2) gained.push([position, gain]);
  }
  return gained;
}
