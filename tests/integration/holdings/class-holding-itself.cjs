// held by: Job.all
// class: Set
// kind: collection
// entry: Job
const http = require('node:http');

class Job { // here
  static all = new Set();

  constructor(url) {
    this.url = url;
    Job.all.add(this);
  }
}

http.createServer((req, res) => {
  new Job(req.url);
  res.end();
}).listen();
