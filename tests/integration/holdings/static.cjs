// held by: Registry.entries
// class: Array
// kind: collection
// entry: {entry}
const http = require('node:http');

class Registry { // here
  static entries = [];

  static add(entry) {
    Registry.entries.push({ entry });
  }
}

http.createServer((req, res) => {
  Registry.add(req.url);
  res.end();
}).listen();
