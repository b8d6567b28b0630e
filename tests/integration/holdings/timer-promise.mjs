// held by: Node's active timers
// class: TimersList
// kind: timer
// entry: Timeout
// process: 2
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

http.createServer(async (req, res) => { // callback here
  res.end();
  await sleep(3_600_019);
  res.destroy();
}).listen();
