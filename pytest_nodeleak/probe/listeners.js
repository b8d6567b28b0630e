// A function of an array of live EventEmitters or EventTargets (`this`): how many
// listeners they have in all. Reads own data properties only, so that no getter of the
// app runs.
function () {
  const own = (object, key) => Object.getOwnPropertyDescriptor(object, key)?.value;
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
  for (const object of this) {
    try {
      const events = own(object, '_events');
      if (events !== null && typeof events === 'object') total += ofEmitter(events);
      for (const symbol of Object.getOwnPropertySymbols(object)) {
        if (symbol.description === 'kEvents') total += ofTarget(own(object, symbol));
      }
    } catch {
      // A proxy or a half-built object: it cannot be counted, the others can.
    }
  }
  return total;
}
