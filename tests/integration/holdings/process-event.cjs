// held by: process._events.SIGHUP
// class: Array
// kind: listener
// entry: function
const http = require('node:http');

process.setMaxListeners(0);
http.createServer((req, res) => {
  process.on('SIGHUP', () => res.end()); // callback here
}).listen();
