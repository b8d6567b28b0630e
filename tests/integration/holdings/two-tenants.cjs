// held by: byPlan[]
// class: Map
// kind: collection
// entry: {order}
const http = require('node:http');

const byPlan = new Map([['free', []], ['paid', []]]); // here
let turn = 0;

http.createServer((req, res) => {
  byPlan.get(turn++ % 2 ? 'free' : 'paid').push({ order: req.url });
  res.end();
}).listen();
