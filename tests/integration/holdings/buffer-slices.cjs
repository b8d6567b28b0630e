// held by: thumbnails
// class: Map
// kind: external
// entry: Buffer
const http = require('node:http');

const thumbnails = new Map(); // here

http.createServer((req, res) => {
  const image = Buffer.alloc(64 * 1024);
  thumbnails.set(req.url, image.subarray(0, 16));
  res.end();
}).listen();
