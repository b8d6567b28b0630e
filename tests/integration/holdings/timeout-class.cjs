// held by: Node's active timers
// class: TimersList
// kind: timer
// entry: Timeout
const http = require('node:http');

class Session {
  constructor(url) {
    this.url = url;
    this.timer = setTimeout(() => this.expire(), 3_600_017); // callback here
  }

  expire() {
    this.url = null;
  }
}

http.createServer((req, res) => {
  new Session(req.url);
  res.end();
}).listen();
