// held by: debounced
// class: Map
// kind: timer
// entry: Timeout
const http = require('node:http');

const debounced = new Map(); // here

http.createServer((req, res) => {
  debounced.set(req.url, setTimeout(() => debounced.clear(), 3_600_029)); // callback
  res.end();
}).listen();
