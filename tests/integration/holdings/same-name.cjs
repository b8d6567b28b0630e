// held by: cache
// class: Map
// kind: collection
// entry: {second}
// in: lib/second.cjs
const first = require('./lib/first.cjs');
const second = require('./lib/second.cjs');
const http = require('node:http');

http.createServer((req, res) => {
  first.load('always the same');
  second.load(req.url);
  res.end();
}).listen();
