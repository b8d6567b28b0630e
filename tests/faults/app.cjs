'use strict';
// A small shop that leaks, and that comes to grief where and how it is told:
//   FAULT     one of the faults below; it is committed
//             - while it starts, if FAULT_AT is "start"
//             - at the tenth request after GET /arm
//             - as soon as it can, at SIGUSR2
// Who it is stands in app.json as soon as it runs.
const { execFileSync, execSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const inspector = require('node:inspector');

const orders = new Map();
const me = process.pid;

function block(ms) {
  const end = Date.now() + ms;
  while (Date.now() < end);
}

// By somebody else: of one that it sends itself Node.js takes it that this is the end.
function signal(name) {
  execFileSync('kill', [`-${name}`, String(me)]);
}

// Writing to a pipe that is full waits until somebody reads.
function shout(megabytes) {
  const page = 'all is well\n'.repeat(8_000);
  for (let written = 0; written < megabytes * 1e6; written += page.length) {
    fs.writeSync(1, page);
  }
  fs.writeSync(1, 'that was all\n');
}

// Each look tells another hour.
function setClock() {
  const { now } = Date;
  let looks = 0;
  Date.now = () => now() + 3.6e6 * (1 - (looks++ % 3));
}

function leave(options = {}) {
  const stubborn = 'trap "" TERM; while :; do sleep 1; done';
  spawn('sh', ['-c', stubborn], { stdio: 'ignore', ...options }).unref();
}

const faults = {
  kill: () => signal('KILL'),
  stop: () => signal('STOP'),
  exit: () => process.exit(0),
  abort: () => process.abort(),
  block: () => block(Infinity),
  pause: () => block(3_000),
  clock: () => setClock(),
  shout: () => shout(100),
  'shout and exit': () => {
    shout(100);
    process.exit(3);
  },
  'say goodbye': () => console.error('Waiting for the debugger to disconnect...'),
  'announce others': () => {
    const own = inspector.url();
    const told = (address) => console.error(`Debugger listening on ${address}`);
    told('ws://127.0.0.1:9/0');
    told(`ws://127.0.0.1:${process.env.PORT}/0`);
    if (own) told(own.replace(/[^/]*$/, '0'));
  },
  boast: () => console.log('Server ready: listening on http://127.0.0.1:9/'),
  'have children': () => {
    process.on('SIGTERM', () => {});
    leave();
    leave({ detached: true });
    leave({ detached: true, env: { PATH: process.env.PATH } });
    // An orphan in a session of its own.
    execSync('setsid sleep 1000 > /dev/null 2>&1 < /dev/null &');
  },
  'kill and leave': () => {
    leave();
    leave({ detached: true });
    signal('KILL');
  },
  'become a daemon': () => {
    const env = { ...process.env, FAULT: '' };
    spawn(process.execPath, ['app.cjs'], { detached: true, stdio: 'ignore', env }).unref();
    process.exit(0);
  },
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
