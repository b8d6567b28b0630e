// held by: agents
// class: Array
// kind: collection
// entry: Agent
const http = require('node:http');

const agents = []; // here

http.createServer((req, res) => {
  agents.push(new http.Agent({ keepAlive: true }));
  res.end();
}).listen();
