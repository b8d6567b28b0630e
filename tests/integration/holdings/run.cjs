// Loads programs, sends each some requests without a network, writes three snapshots.
//
//     node --expose-gc run.cjs REQUESTS PROGRAM...
const { AsyncResource } = require('node:async_hooks');
const http = require('node:http');
const path = require('node:path');
const { setImmediate: turn } = require('node:timers/promises');
const { pathToFileURL } = require('node:url');
const v8 = require('node:v8');

const [requests, ...programs] = process.argv.slice(2);
// Each request begins outside of what others run in, as one from a socket does.
const outside = new AsyncResource('requests');
let number = 0;

async function send(count) {
  for (let i = 0; i < count; i++) {
    // Held by libuv alone, as in an app: no list of ours leads to them.
    for (const server of process._getActiveHandles()) {
      if (!(server instanceof http.Server)) continue;
      const url = `/users/${number++}`;
      const req = Object.assign(new http.IncomingMessage(null), { url });
      const res = new http.ServerResponse(req);
      outside.runInAsyncScope(() => server.emit('request', req, res));
    }
    await turn();
  }
}

async function settle() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    await turn();
  }
}

async function main() {
  for (const program of programs) {
    const file = path.resolve(program);
    await (program.endsWith('.mjs') ? import(pathToFileURL(file)) : require(file));
  }
  for (const name of ['a', 'b', 'c']) {
    await send(Number(requests));
    await settle();
    v8.writeHeapSnapshot(`${name}.heapsnapshot`);
  }
  process.exit();
}

main();
