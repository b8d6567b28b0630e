// held by: seen
// class: Set
// kind: collection
// entry: {visitor}
const http = require('node:http');

let seen; // here

function start() {
  seen = new Set();
}

start();
http.createServer((req, res) => {
  seen.add({ visitor: req.url });
  res.end();
}).listen();
