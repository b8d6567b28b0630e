// held by: cache
// class: Map
// kind: collection
// entry: {id}
import http from 'node:http';

const cache = new Map(); // here

http.createServer((req, res) => {
  cache.set(req.url, { id: req.url });
  res.end();
}).listen();
