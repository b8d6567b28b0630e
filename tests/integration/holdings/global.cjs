// held by: global.leakedRequests
// class: Array
// kind: collection
// entry: {leaked}
const http = require('node:http');

globalThis.leakedRequests = [];

http.createServer((req, res) => {
  globalThis.leakedRequests.push({ leaked: req.url });
  res.end();
}).listen();
