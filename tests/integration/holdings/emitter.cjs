// held by: bus._events.price
// class: Array
// kind: listener
// entry: function onPrice
const http = require('node:http');
const { EventEmitter } = require('node:events');

const bus = new EventEmitter().setMaxListeners(0); // here

http.createServer((req, res) => {
  bus.on('price', function onPrice(price) { // callback
    res.write(price);
  });
  res.end();
}).listen();
