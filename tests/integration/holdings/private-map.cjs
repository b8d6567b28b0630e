// held by: pool.#jobs
// class: Map
// kind: collection
// entry: {job}
const http = require('node:http');

class Pool {
  #jobs = new Map();

  add(job) {
    this.#jobs.set(job, { job });
  }
}

const pool = new Pool(); // here

http.createServer((req, res) => {
  pool.add(req.url);
  res.end();
}).listen();
