// A function of an array of all live objects (`this`), of the probe and of the smallest
// gain that counts: which collections among them gained that much in each of the last two
// censuses, as pairs of position and last gain. Numbers and references to old objects are
// no new objects, so a list of them grows without anything being born.
function (probe, fewest) {
  const { sizes } = probe;
  const { isMap, isProxy, isSet } = probe.node;
  const mapSize = Object.getOwnPropertyDescriptor(Map.prototype, 'size').get;
  const setSize = Object.getOwnPropertyDescriptor(Set.prototype, 'size').get;
  // A record has few keys; what has more is used as a dictionary.
  const mostOfRecord = 64;
  const countKeys = (object) => {
    const keys = Object.keys(object).length;
    return keys > mostOfRecord ? keys : null;
  };
  const measure = (object) => {
    if (Array.isArray(object)) return isProxy(object) ? null : object.length;
    if (isMap(object)) return mapSize.call(object);
    if (isSet(object)) return setSize.call(object);
    if (isProxy(object) || Object.getPrototypeOf(object) !== Object.prototype) return null;
    return countKeys(object);
  };
  // Size and number of gains in one number: an object per collection would show up in
  // the snapshots as born.
  const most = 4;
  const gained = [];
  for (let position = 0; position < this.length; position++) {
    const object = this[position];
    const size = measure(object);
    if (size === null) continue;
    const before = sizes.get(object);
    const gain = before === undefined ? 0 : size - Math.floor(before / most);
    const gains = gain >= fewest ? Math.min((before % most) + 1, most - 1) : 0;
    sizes.set(object, size * most + gains);
    if (gains >= 2) gained.push([position, gain]);
  }
  return gained;
}
