// Leaks and look-alikes that are hard to tell apart by counting bytes: one route each.
'use strict';
const http = require('node:http');

const latencies = [];
const seen = new Set();
const byTenant = {};
const rare = [];
let journal = '';
let middleware = () => 0;
const shutdown = new Promise(() => {});

const leaks = {
  // Numbers are no objects: nothing is born, the list grows all the same.
  numbers: (n) => latencies.push(n / 7),
  'number-set': (n) => seen.add(n),
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
  // One object in a hundred requests.
  rare: (n) => n % 100 === 0 && rare.push({ n }),
};

const windowed = new Map();
setInterval(() => windowed.clear(), 1000).unref();
const bounded = new Map();
const series = {};
const perRequest = new WeakMap();
let batch = [];

const clean = {
  // A rate limiter that forgets everything once a second.
  'rate-limiter': (n) => windowed.set(n, { hits: 1 }),
  // A bound that no property announces.
  'silent-bound': (n) => {
    bounded.set(n, { n });
    if (bounded.size > 12_000) bounded.delete(bounded.keys().next().value);
  },
  // Label sets that have all turned up after a while.
  series: (n) => (series[`series-${n % 300}`] ??= { count: 0 }).count++,
  'weak-map': (n, request) => perRequest.set(request, { n }),
  batch: (n) => {
    batch.push({ n });
    if (batch.length >= 700) batch = [];
  },
  'short-timer': () => void setTimeout(() => {}, 300),
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

const routes = { ...leaks, ...clean, 'distant-bound': (n) => distant.set(n, { n }) };

http
  .createServer((request, response) => {
    const [, name, n] = request.url.split('/');
    routes[name]?.(Number(n), request);
    response.end('ok');
  })
  .listen(process.env.PORT, '127.0.0.1');
