// held by: pending
// class: Array
// kind: collection
// entry: Promise
const http = require('node:http');
const { AsyncLocalStorage } = require('node:async_hooks');

const context = new AsyncLocalStorage();
const pending = []; // here

http.createServer((req, res) => {
  context.run({ url: req.url, res }, () => pending.push(new Promise(() => {})));
  res.end();
}).listen();
