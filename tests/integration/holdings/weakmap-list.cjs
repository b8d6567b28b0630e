// held by: handlers.get(emitter)
// class: Array
// kind: collection
// entry: {handler}
const http = require('node:http');

const handlers = new WeakMap();
const emitter = { name: 'emitter' }; // here
handlers.set(emitter, []);

http.createServer((req, res) => {
  handlers.get(emitter).push({ handler: req.url });
  res.end();
}).listen();
