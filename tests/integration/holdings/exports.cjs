// held by: exports.visited
// class: Map
// kind: collection
// entry: {visited}
const http = require('node:http');

exports.visited = new Map(); // here

http.createServer((req, res) => {
  exports.visited.set(req.url, { visited: req.url });
  res.end();
}).listen();
