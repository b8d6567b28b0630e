// held by: Node's active timers
// class: TimersList
// kind: timer
// entry: Timeout
const http = require('node:http');

http.createServer((req, res) => {
  setInterval(() => res.write('tick'), 3_600_011); // callback here
  res.end();
}).listen();
