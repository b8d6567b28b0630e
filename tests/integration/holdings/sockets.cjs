// held by: Node's open handles
// class: UDP
// kind: handle
// entry: UDP
// process: 2
const http = require('node:http');
const dgram = require('node:dgram');

http.createServer((req, res) => {
  dgram.createSocket('udp4').bind();
  res.end();
}).listen();
