// held by: entries
// class: Array
// kind: collection
// entry: {counted}
const http = require('node:http');

function createCounter() {
  const entries = []; // here
  return { count: (url) => entries.push({ counted: url }) };
}

const counter = createCounter();

http.createServer((req, res) => {
  counter.count(req.url);
  res.end();
}).listen();
