// held by: topics[]
// class: Set
// kind: collection
// entry: {subscriber}
const http = require('node:http');

const topics = new Map([['all', new Set()], ['none', new Set()]]); // here

http.createServer((req, res) => {
  topics.get('all').add({ subscriber: req.url });
  res.end();
}).listen();
