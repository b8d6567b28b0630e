// held by: feed._readableState.buffer
// class: Array
// kind: external
// entry: Buffer
const http = require('node:http');
const { Readable } = require('node:stream');

const feed = new Readable({ read() {} }); // here

http.createServer((req, res) => {
  feed.push(Buffer.alloc(5000));
  res.end();
}).listen();
