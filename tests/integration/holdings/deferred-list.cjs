// held by: waiting
// class: Array
// kind: closure
// entry: function
const http = require('node:http');

const waiting = []; // here

http.createServer(async (req, res) => {
  await new Promise((resolve) => waiting.push(resolve));
  res.end(req.url);
}).listen();
