'use strict';
// A small shop that leaks, and that comes to grief where and how it is told:
//   FAULT     one of the faults below; it is committed
//             - while it starts, if FAULT_AT is "start"
//             - at the tenth request after GET /arm
//             - as soon as it can, at SIGUSR2
// Who it is stands in app.json as soon as it runs.
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');

const orders = new Map();
const me = process.pid;

function block(ms) {
  const end = Date.now() + ms;
  while (Date.now() < end);
}

// Through a pipe that is full, writing waits: all of it has been read, but the last 64 KiB.
function shout(megabytes) {
  const line = `${'all is well '.repeat(8)}\n`;
  const page = line.repeat(Math.ceil(1e5 / line.length));
  for (let written = 0; written < megabytes * 1e6; written += page.length) {
    fs.writeSync(1, page);
  }
}

// Each look tells another hour.
function setClock() {
  const { now } = Date;
  let looks = 0;
  Date.now = () => now() + 3.6e6 * (1 - (looks++ % 3));
}

function child(options = {}) {
  const idle = "process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1e3);";
  return spawn(process.execPath, ['-e', idle], { stdio: 'ignore', ...options });
}

const faults = {
  kill: () => process.kill(me, 'SIGKILL'),
  stop: () => process.kill(me, 'SIGSTOP'),
  exit: () => process.exit(0),
  abort: () => process.abort(),
  block: () => block(Infinity),
  pause: () => block(3_000),
  clock: () => setClock(),
};

const fault = faults[process.env.FAULT] ?? (() => {});
let left = Infinity;

process.on('SIGUSR2', () => fault());
fs.writeFileSync('app.json', JSON.stringify({ pid: me, port: Number(process.env.PORT) }));
if (process.env.FAULT_AT === 'start') fault();

http
  .createServer((request, response) => {
    const [, route, id] = request.url.split('/');
    if (route === 'arm') {
      left = 10;
    } else if (--left === 0) {
      fault();
    }
    if (route === 'orders') orders.set(id, { id, paid: false });
    response.end('ok');
  })
  .listen(process.env.PORT, '127.0.0.1');
