// Requests that leave descriptors open, of every type, and look-alikes that do not.
'use strict';
const { spawn } = require('node:child_process');
const dgram = require('node:dgram');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const { openSync, open } = require('node:fs');
const { open: openHandle } = require('node:fs/promises');

const kept = [];
const backend = net.createServer(() => {}).listen(0, '127.0.0.1');
const agent = new http.Agent({ keepAlive: true, maxSockets: 30 });

globalThis.routes = () => routes;

async function inner() {
  kept.push(await openHandle(__filename));
}

const routes = {
  // Bare numbers, by a reference that was taken when the app was loaded.
  file: () => openSync(__filename),
  callback: () => {
    // Nobody is there to look: the app must not stop here.
    debugger;
    open(__filename, () => {});
  },
  handle: () => inner(),
  stream: () => kept.push(fs.createReadStream(__filename)),
  socket: () => kept.push(net.connect(backend.address().port, '127.0.0.1')),
  udp: () => kept.push(dgram.createSocket('udp4').bind(0, '127.0.0.1').unref()),
  child: () => kept.push(spawn('sleep', ['30'])),
  watcher: () => kept.push(fs.watch(__dirname)),
  server: () => kept.push(net.createServer().listen(0, '127.0.0.1')),
  // Swallows EMFILE, and answers as if nothing were wrong.
  silent: () => {
    try {
      openSync(__filename);
    } catch {}
  },
  // Answers on connections that it closes, so that it has to accept new ones.
  refusing: (_n, response) => {
    response.setHeader('Connection', 'close');
    routes.silent();
  },
  // Look-alikes.
  closed: () => fs.closeSync(openSync(__filename)),
  pooled: (_n, done) => {
    routes.closed();
    http
      .get({ agent, host: '127.0.0.1', port: process.env.PORT, path: '/' }, (answer) => {
        answer.resume().on('end', done);
      })
      .on('error', done);
  },
};

http
  .createServer((request, response) => {
    const [, name, n] = request.url.split('/');
    const done = (error) => response.end(error ? 'no' : 'ok');
    try {
      if (name === 'pooled') return routes.pooled(n, done);
      routes[name]?.(n, response);
      done();
    } catch (error) {
      response.statusCode = 500;
      response.end(String(error));
    }
  })
  .listen(process.env.PORT, '127.0.0.1');
process.on('exit', () => kept.forEach((one) => one.kill?.()));
process.on('SIGTERM', () => process.exit());
