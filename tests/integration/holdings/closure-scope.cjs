// held by: small
// class: Array
// kind: closure
// entry: function
const http = require('node:http');

const small = []; // here

http.createServer((req, res) => {
  const page = req.url.repeat(20).split('/');
  const use = () => page.length;
  small.push(() => req.url); // callback
  res.end(String(use()));
}).listen();
