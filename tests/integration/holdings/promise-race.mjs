// held by: stopping
// class: Promise
// kind: promise
// entry: function
import http from 'node:http';

const stopping = new Promise(() => {}); // here

http.createServer(async (req, res) => {
  await Promise.race([stopping, Promise.resolve(req.url)]);
  res.end();
}).listen();
