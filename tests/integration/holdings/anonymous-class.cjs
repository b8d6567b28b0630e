// held by: models
// class: Array
// kind: collection
// entry: {url}
const http = require('node:http');

const models = []; // here

http.createServer((req, res) => {
  models.push(new (class {
    url = req.url;
  })());
  res.end();
}).listen();
