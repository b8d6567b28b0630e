// held by: cursors
// class: Array
// kind: collection
// entry: generator rows
const http = require('node:http');

const cursors = []; // here

function* rows(url) {
  yield url;
  yield url;
}

http.createServer((req, res) => {
  const cursor = rows(req.url);
  cursor.next();
  cursors.push(cursor);
  res.end();
}).listen();
