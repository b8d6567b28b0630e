// held by: newest
// class: {url, next}
// kind: collection
// entry: {url, next}
import http from 'node:http';

let newest = null; // here

http.createServer((req, res) => {
  newest = { url: req.url, next: newest };
  res.end();
}).listen();
