// held by: peers.get(Server)
// class: Set
// kind: collection
// entry: {peer}
const http = require('node:http');

const peers = new WeakMap(); // here

const server = http.createServer((req, res) => {
  peers.get(server).add({ peer: req.url });
  res.end();
});
peers.set(server, new Set());
server.listen();
