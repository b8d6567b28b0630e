// held by: tokens
// class: Array
// kind: collection
// entry: Buffer
const http = require('node:http');

const tokens = []; // here

http.createServer((req, res) => {
  tokens.push(Buffer.from(`token for ${req.url}`));
  res.end();
}).listen();
