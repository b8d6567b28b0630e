// A function of a live object (`this`): the numbers in it that announce a bound, by name,
// and what the sizes of its entries add up to, which is the unit of some of these.
// Own properties and getters of its class both count (lru-cache's `max` is a getter).
function () {
  const names = [
    'max', 'maxSize', 'maxEntries', 'maxItems', 'maxKeys', 'maxLength', 'capacity', 'limit',
    'ttl', 'ttlMs', 'ttlSeconds', 'stdTTL', 'maxAge', 'maxAgeMs', 'windowMs', 'expiresIn',
    'totalSize', 'calculatedSize',
  ];
  const found = {};
  for (const holder of [this, this.options, this._options, this.opts]) {
    if (holder === null || typeof holder !== 'object') continue;
    for (const name of names) {
      let value;
      try {
        value = holder[name];
      } catch {
        continue;
      }
      if (typeof value === 'number' && value > 0 && Number.isFinite(value)) {
        found[name] ??= value;
      }
    }
  }
  return found;
}
