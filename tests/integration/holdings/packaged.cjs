// held by: store.entries
// class: Array
// kind: collection
// entry: {kept}
// package: leaky-store
// in: node_modules/leaky-store/index.js
const store = require('leaky-store');
const http = require('node:http');

http.createServer((req, res) => {
  store.keep(req.url);
  res.end();
}).listen();
