// held by: Node's active timers
// class: TimersList
// kind: timer
// entry: Timeout
import http from 'node:http';

http.createServer((req, res) => {
  function poll() { // callback here
    res.write('tick');
  }
  setInterval(poll, 3_600_013).unref();
  res.end();
}).listen();
