// held by: config
// class: Object
// kind: collection
// entry: {value}
const http = require('node:http');

const config = new Proxy({}, {}); // here

http.createServer((req, res) => {
  config[req.url] = { value: req.url };
  res.end();
}).listen();
