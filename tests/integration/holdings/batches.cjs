// held by: batches
// class: Array
// kind: collection
// entry: Array
// rate: 0.1
const http = require('node:http');

const batches = [[]]; // here

http.createServer((req, res) => {
  if (batches.at(-1).length >= 10) batches.push([]);
  batches.at(-1).push({ row: req.url });
  res.end();
}).listen();
