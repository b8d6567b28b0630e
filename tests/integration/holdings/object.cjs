// held by: sessions
// class: Object
// kind: collection
// entry: {user, cart}
const http = require('node:http');

const sessions = {}; // here

http.createServer((req, res) => {
  sessions[req.url] = { user: req.url, cart: [] };
  res.end();
}).listen();
