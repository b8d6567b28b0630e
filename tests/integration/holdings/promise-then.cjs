// held by: ready
// class: Promise
// kind: promise
// entry: function
const http = require('node:http');

const ready = new Promise(() => {}); // here

http.createServer((req, res) => {
  ready.then(() => res.end()); // callback
}).listen();
