// held by: failures
// class: Array
// kind: collection
// entry: NotFound
const http = require('node:http');

class NotFound extends Error {
  constructor(res) {
    super('not found');
    this.res = res;
  }
}

const failures = []; // here

http.createServer((req, res) => {
  failures.push(new NotFound(res));
  res.end();
}).listen();
