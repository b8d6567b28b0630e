// A function of a live object (`this`): how much is in it, or null where there is no
// cheap way to tell. Intrinsic getters, so that no method of the app runs.
function () {
  const sizeOf = (prototype) =>
    Object.getOwnPropertyDescriptor(prototype, 'size').get.call(this);
  const walkTo = 1_000_000;
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
  if (this._idleNext) {
    // Node's list of timers of one duration, a ring that starts at the list itself.
    let count = 0;
    for (let at = this._idleNext; at && at !== this && count < walkTo; at = at._idleNext) {
      count += 1;
    }
    return count;
  }
  const prototype = Object.getPrototypeOf(this);
  if (prototype !== null && prototype !== Object.prototype) return null;
  return Object.keys(this).length;
}
