// held by: jobs._events.done
// class: Array
// kind: listener
// entry: function
import http from 'node:http';
import { EventEmitter } from 'node:events';

class Jobs extends EventEmitter {}

const jobs = new Jobs().setMaxListeners(0); // here

http.createServer((req, res) => {
  jobs.once('done', () => res.end()); // callback
}).listen();
