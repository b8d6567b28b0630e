// held by: items
// class: Array
// kind: collection
// entry: {item}
const http = require('node:http');

let items = []; // here

http.createServer((req, res) => {
  items = [...items, { item: req.url }];
  res.end();
}).listen();
