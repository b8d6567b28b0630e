// held by: Basket.prototype.items
// class: Array
// kind: collection
// entry: {goods}
const http = require('node:http');

function Basket() {} // here
Basket.prototype.items = [];

http.createServer((req, res) => {
  new Basket().items.push({ goods: req.url });
  res.end();
}).listen();
