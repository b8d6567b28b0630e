// held by: templates
// class: Object
// kind: collection
// entry: {compiled}
const http = require('node:http');

const templates = Object.create(null); // here

http.createServer((req, res) => {
  templates[req.url] = { compiled: req.url };
  res.end();
}).listen();
