// held by: app[cache]
// class: Map
// kind: collection
// entry: {page}
const http = require('node:http');

const kCache = Symbol('cache');
const app = { [kCache]: new Map() }; // here

http.createServer((req, res) => {
  app[kCache].set(req.url, { page: req.url });
  res.end();
}).listen();
