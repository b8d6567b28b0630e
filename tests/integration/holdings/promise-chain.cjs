// held by: unlock
// class: Promise
// kind: promise
// entry: function
const http = require('node:http');

let unlock; // here
let tail = new Promise((resolve) => {
  unlock = resolve;
});

http.createServer((req, res) => {
  tail = tail.then(() => res.end()); // callback
}).listen();
