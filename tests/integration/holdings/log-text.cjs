// held by: log
// class: string
// kind: collection
// entry: string
// rate: 3
const http = require('node:http');

let log = ''; // here

http.createServer((req, res) => {
  log += `${req.url} was asked for\n`;
  res.end();
}).listen();
