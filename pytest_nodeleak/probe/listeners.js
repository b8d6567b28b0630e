// A function of an array of all live objects (`this`) and of the probe: how many listeners
// the EventEmitters and EventTargets among them have in all. Reads own data properties
// only, and no proxy's, so that no code of the app runs.
function (probe) {
  const { EventEmitter, isProxy } = probe.node;
  const own = (object, key) => Object.getOwnPropertyDescriptor(object, key)?.value;
  const inherits = (object, { prototype }) =>
    Object.prototype.isPrototypeOf.call(prototype, object);
  const ofEmitter = (events) => {
    let count = 0;
    for (const key of Reflect.ownKeys(events)) {
      const listener = own(events, key);
      if (typeof listener === 'function') count += 1;
      else if (Array.isArray(listener)) count += listener.length;
    }
    return count;
  };
  // Node's own Map here has no Map.prototype behind it, so it is no instance of Map.
  const ofTarget = (types) => {
    let count = 0;
    for (const root of Map.prototype.values.call(types)) count += root?.size ?? 0;
    return count;
  };
  let total = 0;
  for (let position = 0; position < this.length; position++) {
    const object = this[position];
    if (Array.isArray(object) || isProxy(object)) continue;
    try {
      if (inherits(object, EventEmitter)) {
        const events = own(object, '_events');
        if (events !== null && typeof events === 'object') total += ofEmitter(events);
      }
      if (!inherits(object, EventTarget)) continue;
      for (const symbol of Object.getOwnPropertySymbols(object)) {
        if (symbol.description === 'kEvents') total += ofTarget(own(object, symbol));
      }
    } catch {
      // A half-built object: it cannot be counted, the others can.
    }
  }
  return total;
}
