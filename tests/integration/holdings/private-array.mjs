// held by: log.#lines
// class: Array
// kind: collection
// entry: {line}
import http from 'node:http';

class Log {
  #lines = [];

  get lines() {
    return this.#lines;
  }
}

const log = new Log(); // here

http.createServer((req, res) => {
  log.lines.push({ line: req.url });
  res.end();
}).listen();
