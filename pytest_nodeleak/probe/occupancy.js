// A function of a live object (`this`): how much is in it, or null where there is no
// cheap way to tell. Intrinsic getters and own data properties, so that no code of the
// app runs.
function () {
  const walkTo = 1_000_000;
  const sizeOf = (prototype) =>
    Object.getOwnPropertyDescriptor(prototype, 'size').get.call(this);
  const own = (object, key) => Object.getOwnPropertyDescriptor(object, key)?.value;
  const isObject = (value) => value !== null && typeof value === 'object';
  if (this instanceof Map) return sizeOf(Map.prototype);
  if (this instanceof Set) return sizeOf(Set.prototype);
  if (Array.isArray(this)) {
    // A preallocated array has the same length empty and full.
    if (this.length > walkTo) return this.length;
    let used = 0;
    for (let i = 0; i < this.length; i++) {
      if (this[i] !== undefined && this[i] !== null) used += 1;
    }
    return used;
  }
  if (typeof this !== 'object') return null;
  // A list says how long it is, or can be followed from link to link: Node's timers of
  // one duration are a ring that starts at the list itself.
  const links = ['_idleNext', 'next', '_next', 'head', '_head', 'first', '_first'];
  const link = links.find((name) => isObject(own(this, name)));
  if (link !== undefined) {
    for (const name of ['size', 'length', '_size', '_length', 'count']) {
      const announced = own(this, name);
      if (typeof announced === 'number') return announced;
    }
    let count = 0;
    let at = own(this, link);
    const next = links.slice(0, 3).find((name) => isObject(at) && isObject(own(at, name)));
    while (isObject(at) && at !== this && count < walkTo) {
      count += 1;
      at = next === undefined ? null : own(at, next);
    }
    // Where the walk was cut off, the list is as long as it was last time, however it grows.
    return count < walkTo ? count : null;
  }
  if (this instanceof WeakMap || this instanceof WeakSet || this instanceof Promise) return null;
  return Object.keys(this).length;
}
