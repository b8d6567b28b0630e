// Routes that block the event loop, each in its own way, and their harmless look-alikes.
const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const zlib = require('node:zlib');
const { promisify } = require('node:util');
const { spawnSync } = require('node:child_process');

const rows = Array.from({ length: 30000 }, (_, i) => ({ id: i, name: `name ${i}` }));
const payload = JSON.stringify(rows);
const large = `${__dirname}/large.bin`;
const pbkdf2 = promisify(crypto.pbkdf2);
const kept = [];
const reading = /^(a+)+$/;

function hashPassword(password) {
  return crypto.pbkdf2Sync(password, 'salt', 30000, 32, 'sha512');
}
function report() {
  return [
    JSON.parse(payload),
    1,
  ];
}
function pack() {
  return zlib.gzipSync(payload);
}
function template() {
  if (!fs.existsSync(large)) fs.writeFileSync(large, Buffer.alloc(3e7));
  return fs.readFileSync(large);
}
function isName(text) {
  const trimmed = text.trim();
  return reading.test(trimmed);
}
function sum() {
  let total = 0;
  for (let i = 0; i < 3e7; i += 1) {
    total += i % 7;
  }
  return total;
}
function convert() {
  return spawnSync('true').status;
}
function plugin() {
  delete require.cache[`${__dirname}/plugin.cjs`];
  return require('./plugin.cjs');
}
function churn() {
  const kept = [];
  for (let i = 0; i < 5e5; i += 1) kept.push({ i });
  return kept.length;
}

const routes = {
  '/crypto': () => hashPassword('secret'),
  '/json': () => report(),
  '/compression': () => pack(),
  '/file': () => template(),
  '/regex': () => isName(`${'a'.repeat(23)}!`),
  '/loop': () => sum(),
  '/process': () => convert(),
  '/module': () => plugin(),
  '/gc': () => churn(),
  '/hang': () => {
    for (;;);
  },
  '/endless': () => isName(`${'a'.repeat(60)}!`),
  '/asleep': () => spawnSync('sleep', ['30']),
  '/leak': () => kept.push({ at: Date.now() }),
  // The look-alikes.
  '/async/crypto': () => pbkdf2('secret', 'salt', 1000, 32, 'sha512'),
  '/async/json': () => JSON.parse(JSON.stringify(rows.slice(0, 20))),
  '/async/file': () => fs.promises.readFile(__filename),
  '/async/regex': () => /^a+$/.test(`${'a'.repeat(23)}!`),
  '/async/loop': async () => {
    for (let i = 0; i < 10; i += 1) {
      for (let k = 0; k < 1e5; k += 1);
      await new Promise(setImmediate);
    }
  },
  '/async/gc': () => Array.from({ length: 300 }, (_, i) => ({ i })).length,
};
fs.writeFileSync(
  `${__dirname}/plugin.cjs`,
  Array.from({ length: 20000 }, (_, i) => `exports.f${i} = function () { return ${i}; };`).join('\n'),
);
http
  .createServer(async (req, res) => {
    await routes[req.url]?.();
    res.end('ok');
  })
  .listen(process.env.PORT, '127.0.0.1');
