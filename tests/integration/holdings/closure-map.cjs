// held by: actions
// class: Map
// kind: collection
// entry: function
const http = require('node:http');

const actions = new Map(); // here

http.createServer((req, res) => {
  actions.set(req.url, () => res.end()); // callback
}).listen();
