// held by: audit
// class: Array
// kind: collection
// entry: Entry
const http = require('node:http');

class Entry {
  constructor(url) {
    this.url = url;
  }
}

const audit = []; // here

http.createServer((req, res) => {
  audit.push(new Entry(req.url));
  res.end();
}).listen();
