// held by: images
// class: Map
// kind: collection
// entry: WeakRef
const http = require('node:http');

const images = new Map(); // here

http.createServer((req, res) => {
  images.set(req.url, new WeakRef({ image: req.url }));
  res.end();
}).listen();
