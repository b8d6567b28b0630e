// held by: shared
// class: Map
// kind: collection
// entry: {shared}
// in: lib/shared.cjs
const { shared } = require('./lib/shared.cjs');
const http = require('node:http');

http.createServer((req, res) => {
  shared.set(req.url, { shared: req.url });
  res.end();
}).listen();
