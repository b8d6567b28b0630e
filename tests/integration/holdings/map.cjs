// held by: cache
// class: Map
// kind: collection
// entry: {id, name}
const http = require('node:http');

const cache = new Map(); // here

function load(id) {
  if (!cache.has(id)) cache.set(id, { id, name: `user of ${id}` });
  return cache.get(id);
}

http.createServer((req, res) => res.end(load(req.url).name)).listen();
