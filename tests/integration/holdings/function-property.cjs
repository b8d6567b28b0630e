// held by: load.cache
// class: Map
// kind: collection
// entry: {loaded}
const http = require('node:http');

function load(url) { // here
  load.cache.set(url, { loaded: url });
}
load.cache = new Map();

http.createServer((req, res) => {
  load(req.url);
  res.end();
}).listen();
