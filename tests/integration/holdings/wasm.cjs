// held by: machines
// class: Array
// kind: external | collection
// entry: Memory
const http = require('node:http');

const machines = []; // here

http.createServer((req, res) => {
  machines.push(new WebAssembly.Memory({ initial: 1, maximum: 1 }));
  res.end();
}).listen();
