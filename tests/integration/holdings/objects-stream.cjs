// held by: rows._writableState.buffered | rows._writableState[kBufferedValue]
// class: Array
// kind: collection
// entry: {chunk, encoding, callback}
const http = require('node:http');
const { PassThrough } = require('node:stream');

const rows = new PassThrough({ objectMode: true, highWaterMark: 1 }); // here

http.createServer((req, res) => {
  rows.write({ row: req.url });
  res.end();
}).listen();
