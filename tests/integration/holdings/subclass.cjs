// held by: open
// class: ConnectionSet
// kind: collection
// entry: AdminConnection
const http = require('node:http');

class Connection {
  constructor(url) {
    this.url = url;
  }
}

class AdminConnection extends Connection {}

class ConnectionSet extends Set {}

const open = new ConnectionSet(); // here

http.createServer((req, res) => {
  open.add(new AdminConnection(req.url));
  res.end();
}).listen();
