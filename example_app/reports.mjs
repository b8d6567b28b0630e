/** Sales reports: nothing leaks here, but one of them stops the whole process while it works. */
import { pbkdf2, pbkdf2Sync } from 'node:crypto';
import { promisify } from 'node:util';

const pbkdf2Async = promisify(pbkdf2);

const SLOW_ROUNDS = 1_500_000;
const FAST_ROUNDS = 50;

function report(id, key) {
  return { id, sold: Math.abs(id) % 100, signature: key.toString('hex') };
}

function leakyReport(id) {
  // BLOCKS: there is one thread for JavaScript. While it hashes, every other request and health check waits.
  return report(id, pbkdf2Sync(`report ${id}`, 'salt', SLOW_ROUNDS, 16, 'sha512'));
}

async function fixedReport(id) {
  // FIX: the asynchronous twin runs in libuv's thread pool, and a signature needs fewer rounds than a password.
  return report(id, await pbkdf2Async(`report ${id}`, 'salt', FAST_ROUNDS, 16, 'sha512'));
}

export const routes = {
  '/leaky/report': leakyReport,
  '/fixed/report': fixedReport,
};
