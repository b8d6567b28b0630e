// A function of an array of all live objects (`this`) and of the probe: how many objects
// there are, how many listeners the EventEmitters and EventTargets among them have, and
// of which class and event most of these are. Reads own data properties only, and no
// proxy's, so that no code of the app runs.
function (probe) {
  const { EventEmitter, isProxy } = probe.node;
  const mostEvents = 50;
  const own = (object, key) => Object.getOwnPropertyDescriptor(object, key)?.value;
  const inherits = (object, { prototype }) =>
    Object.prototype.isPrototypeOf.call(prototype, object);
  const className = (object) => {
    const constructor = own(Object.getPrototypeOf(object), 'constructor');
    const name = typeof constructor === 'function' ? own(constructor, 'name') : undefined;
    return typeof name === 'string' ? name : 'Object';
  };
  const byEvent = new Map();
  let total = 0;
  const add = (object, event, count) => {
    if (!count) return;
    total += count;
    const name = `${className(object)} ${String(event)}`;
    byEvent.set(name, (byEvent.get(name) ?? 0) + count);
  };
  const countEmitter = (emitter) => {
    const events = own(emitter, '_events');
    if (events === null || typeof events !== 'object') return;
    for (const event of Reflect.ownKeys(events)) {
      const listener = own(events, event);
      if (typeof listener === 'function') add(emitter, event, 1);
      else if (Array.isArray(listener)) add(emitter, event, listener.length);
    }
  };
  // Node's own Map here has no Map.prototype behind it, so it is no instance of Map.
  const countTarget = (target) => {
    for (const symbol of Object.getOwnPropertySymbols(target)) {
      if (symbol.description !== 'kEvents') continue;
      for (const [type, root] of Map.prototype.entries.call(own(target, symbol))) {
        add(target, type, root?.size ?? 0);
      }
    }
  };
  for (let position = 0; position < this.length; position++) {
    const object = this[position];
    if (Array.isArray(object) || isProxy(object)) continue;
    try {
      if (inherits(object, EventEmitter)) countEmitter(object);
      if (inherits(object, EventTarget)) countTarget(object);
    } catch {
      // A half-built object: it cannot be counted, the others can.
    }
  }
  const most = [...byEvent].sort((one, other) => other[1] - one[1]).slice(0, mostEvents);
  return { objects: this.length, listeners: total, byEvent: Object.fromEntries(most) };
}
