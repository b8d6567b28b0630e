// held by: module.exports.recent
// class: Array
// kind: collection
// entry: {recent}
const http = require('node:http');

module.exports.recent = []; // here

http.createServer((req, res) => {
  module.exports.recent.push({ recent: req.url });
  res.end();
}).listen();
