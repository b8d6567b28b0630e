// A process that keeps something of every request, by every kind of reference there is.
'use strict';
const {EventEmitter} = require('node:events');

const {attach, write} = require('./snapshot.cjs');

class Order {
  #secret = new Array(20).fill(0.5);
  constructor(number) {
    this.number = number;
    this.note = `order ${number} of a customer`;
    this[Symbol.for('tag')] = {number};
  }

  get secret() {
    return this.#secret;
  }
}

const kept = {
  bound: [],
  buffers: [],
  bus: new EventEmitter().setMaxListeners(0),
  byKey: new WeakMap(),
  byTwoKeys: new WeakMap(),
  generators: [],
  handlers: [],
  keys: [],
  list: null,
  orders: new Map(),
  pending: [],
  proxies: [],
  refs: [],
  ropes: [],
  seen: new Set(),
  slices: [],
  timers: [],
};
const registry = new FinalizationRegistry(() => {});

function* counting(from) {
  while (true) yield {from: from++};
}

function handle(number) {
  const order = new Order(number);
  const body = {number, lines: Array.from({length: 5}, (_, line) => ({line, number}))};
  const key = {key: number};
  kept.orders.set(`/orders/${number}`, order);
  kept.seen.add(body);
  kept.keys.push(key);
  kept.byKey.set(key, {value: number, order});
  kept.byTwoKeys.set(key, body);
  kept.byTwoKeys.set({dies: number}, new Array(10).fill(number));
  kept.handlers.push(() => [body, key].length);
  kept.bound.push(handle.bind(order, key));
  kept.bus.on('order', () => order.number);
  kept.timers.push(setTimeout(() => order, 1e8));
  kept.pending.push(new Promise((resolve) => { kept.resolve = resolve; }).then(() => order));
  kept.buffers.push(Buffer.alloc(10_000, number), new Float64Array(100).subarray(5, 9));
  kept.generators.push(counting(number));
  kept.generators.at(-1).next();
  kept.proxies.push(new Proxy(body, {get: () => number}));
  kept.refs.push(new WeakRef(order), new WeakRef({dies: number}));
  kept.ropes.push(`${order.note} `.repeat(3) + number + order.note);
  kept.slices.push(`${number} ${'a page of text. '.repeat(50)}`.slice(3, 60));
  kept.list = {next: kept.list, order};
  registry.register(body, order);
}

const page = (number) => Array.from({length: 20}, () => new Array(500).fill(number));

attach();
for (let number = 0; number < 300; number++) handle(number);
for (let number = 0; number < 10; number++) {
  // Large enough for the comparison of single objects.
  const key = {large: number};
  kept.keys.push(key);
  kept.byKey.set(key, page(number));
  kept.bound.push(page.bind({receiver: page(number)}, page(number)));
}
process.stdout.write = () => true;
for (let number = 0; number < 10; number++) {
  // What is printed stays with the inspector.
  console.log({onlyPrinted: page(number)}, kept.list.order);
}
setImmediate(() => write(process.argv[2]));
