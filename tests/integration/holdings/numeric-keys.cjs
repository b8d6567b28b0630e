// held by: byNumber
// class: Object
// kind: collection
// entry: {order}
const http = require('node:http');

const byNumber = {}; // here
let last = 5000;

http.createServer((req, res) => {
  byNumber[(last += 7)] = { order: req.url };
  res.end();
}).listen();
