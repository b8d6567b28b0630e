// held by: rates
// class: Map
// kind: collection
// entry: {rate}
import http from 'node:http';

export const rates = new Map(); // here

http.createServer((req, res) => {
  rates.set(req.url, { rate: req.url });
  res.end();
}).listen();
