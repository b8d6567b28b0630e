// held by: sockets
// class: Map
// kind: collection
// entry: {url, timer}
const http = require('node:http');

const sockets = new Map(); // here

http.createServer((req, res) => {
  const entry = { url: req.url, timer: null };
  entry.timer = setInterval(() => sockets.delete(entry), 3_600_023);
  sockets.set(req.url, entry);
  res.end();
}).listen();
