// held by: Node's open handles
// class: MessagePort
// kind: handle
// entry: MessagePort
// rate: 2
// process: 3
const http = require('node:http');
const { MessageChannel } = require('node:worker_threads');

http.createServer((req, res) => {
  const { port1, port2 } = new MessageChannel();
  port1.on('message', () => res.end(port2));
}).listen();
