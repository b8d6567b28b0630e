// held by: cache
// class: Map
// kind: collection
// entry: {inner}
const http = require('node:http');

const cache = new Map();
cache.set('outer', 1);

function memoize(make) {
  const cache = new Map(); // here
  return (key) => {
    if (!cache.has(key)) cache.set(key, make(key));
    return cache.get(key);
  };
}

const load = memoize((key) => ({ inner: key }));

http.createServer((req, res) => {
  load(req.url);
  res.end(String(cache.size));
}).listen();
