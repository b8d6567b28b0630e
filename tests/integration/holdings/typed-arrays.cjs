// held by: samples
// class: Array
// kind: external
// entry: Float64Array
const http = require('node:http');

const samples = []; // here

http.createServer((req, res) => {
  samples.push(new Float64Array(512));
  res.end();
}).listen();
