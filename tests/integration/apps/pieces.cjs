// Small pieces of large things, kept; and look-alikes that keep no more than they use.
'use strict';
const http = require('node:http');

const page = (n) => Buffer.alloc(20_000, `page ${n} `);
const text = (n) => page(n).toString('latin1');

// One collection for each way to make an entry.
const ways = {
  slice: (n) => page(n).subarray(0, 16),
  view: (n) => ({ n, head: new Uint8Array(new ArrayBuffer(20_000), 8, 24) }),
  text: (n) => text(n).slice(1, 40),
  title: (n) => ({ n, title: text(n).slice(1, 40) }),
  // Look-alikes.
  pool: (n) => Buffer.from(`token of ${n}`),
  whole: (n) => page(n),
  most: (n) => page(n).subarray(0, 19_000),
  copy: (n) => Buffer.from(page(n).subarray(0, 16)),
  trimmed: (n) => `${text(n)} `.trim(),
  copied: (n) => Buffer.from(text(n).slice(1, 40)).toString(),
};
const kept = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
kept.titles = new Map();
globalThis.kept = kept;
globalThis.keep = (way, n) =>
  way === 'titles' ? kept.titles.set(n, ways.text(n)) : kept[way].push(ways[way](n));

http
  .createServer((request, response) => {
    const [, name, n] = request.url.split('/');
    if (name in kept) keep(name, Number(n));
    response.end('ok');
  })
  .listen(process.env.PORT, '127.0.0.1');
