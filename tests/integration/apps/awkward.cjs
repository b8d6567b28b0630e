// Leaks and look-alikes that are hard to tell apart by counting bytes: one route each.
'use strict';
const { EventEmitter } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');

const latencies = [];
const seen = new Set();
const hits = {};
const byTenant = {};
const rare = [];
let journal = '';
let middleware = () => 0;
const shutdown = new Promise(() => {});
const bus = new EventEmitter().setMaxListeners(0);
const onTick = () => {};
const registry = { byId: {} };
class Recent {
  #orders = new Map();
  add(n) {
    this.#orders.set(n, { n });
  }
}
const recent = new Recent();
const list = { head: null, length: 0 };
const audit = [];

const leaks = {
  // Numbers are no objects: nothing is born, the list grows all the same.
  numbers: (n) => latencies.push(n / 7),
  'number-set': (n) => seen.add(n),
  // Nor does a number under a number allocate anything but room in the object.
  'number-counts': (n) => (hits[n] = 1),
  // A list per tenant: each gains next to nothing.
  tenants: (n) => (byTenant[`tenant-${n % 1000}`] ??= []).push({ n }),
  // One string that only grows.
  journal: (n) => (journal += `request ${n}\n`),
  // Each function wraps the one before: the head never changes size.
  wrappers: (n) => {
    const next = middleware;
    middleware = () => next.length + n;
  },
  // Every race leaves its reactions on the promise that never settles.
  race: (n) => void Promise.race([shutdown, Promise.resolve(n)]),
  // The same function again: no object is born, the listeners pile up all the same.
  'same-listener': () => bus.on('tick', onTick),
  'private-field': (n) => recent.add(n),
  dictionary: (n) => (registry.byId[`order-${n}`] = { n }),
  'linked-list': (n) => {
    list.head = { n, next: list.head };
    list.length += 1;
  },
  // A job adds to the list as well: that part is not the requests' doing.
  'beside-a-job': (n) => {
    startJob('audit', 5, () => audit.push({ at: 'tick' }));
    audit.push({ n });
  },
  // One object in a hundred requests.
  rare: (n) => n % 100 === 0 && rare.push({ n }),
};

const jobs = new Map();
function startJob(name, everyMs, work) {
  if (!jobs.has(name)) jobs.set(name, setInterval(work, everyMs).unref());
}

const ticks = [];
let newest = () => 0;
const flushed = [];

const windowed = new Map();
setInterval(() => windowed.clear(), 1000).unref();
const turns = { current: new Map(), previous: new Map() };
const bounded = new Map();
const views = {};
const series = {};
const perRequest = new WeakMap();
let batch = [];

const clean = {
  // A rate limiter that forgets everything once a second.
  'rate-limiter': (n) => windowed.set(n, { hits: 1 }),
  // One that forgets everything but the window before, as express-rate-limit does.
  'two-windows': (n) => {
    startJob('turn', 1000, () => {
      turns.previous = turns.current;
      turns.current = new Map();
    });
    turns.current.set(n, { hits: 1 });
  },
  // A bound that no property announces.
  'silent-bound': (n) => {
    bounded.set(n, { n });
    if (bounded.size > 12_000) bounded.delete(bounded.keys().next().value);
  },
  'bounded-counts': (n) => {
    views[n] = 1;
    delete views[n - 1000];
  },
  // Label sets that have all turned up after a while.
  series: (n) => (series[`series-${n % 300}`] ??= { count: 0 }).count++,
  'weak-map': (n, request) => perRequest.set(request, { n }),
  batch: (n) => {
    batch.push({ n });
    if (batch.length >= 700) batch = [];
  },
  'short-timer': () => void setTimeout(() => {}, 300),
  // A job that flushes once a second what it has gathered.
  'sawtooth-job': () =>
    startJob('flush', 2, () => {
      flushed.push({ at: Date.now() });
      if (flushed.length >= 500) flushed.length = 0;
    }),
};

// What grows here grows with time, whether anyone asks or not.
const background = {
  ticks: () => startJob('ticks', 2, () => ticks.push({ at: Date.now() })),
  'tick-chain': () =>
    startJob('chain', 4, () => {
      const before = newest;
      newest = () => before.length;
    }),
};

class BoundedStore {
  constructor(max) {
    this.max = max;
    this.entries = new Map();
  }
  set(key, value) {
    this.entries.set(key, value);
    if (this.entries.size > this.max) this.entries.delete(this.entries.keys().next().value);
  }
}
const distant = new BoundedStore(1_000_000_000);

const routes = {
  ...leaks,
  ...clean,
  ...background,
  'distant-bound': (n) => distant.set(n, { n }),
  // Numbers without an object: only the system knows that they are open.
  descriptors: () => fs.openSync(__filename),
};

http
  .createServer((request, response) => {
    const [, name, n] = request.url.split('/');
    routes[name]?.(Number(n), request);
    response.end('ok');
  })
  .listen(process.env.PORT, '127.0.0.1');
