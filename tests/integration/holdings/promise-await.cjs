// held by: gate
// class: Promise
// kind: promise
// entry: async function handle
const http = require('node:http');

const gate = new Promise(() => {}); // here

async function handle(req, res) { // callback
  await gate;
  res.end(req.url);
}

http.createServer(handle).listen();
