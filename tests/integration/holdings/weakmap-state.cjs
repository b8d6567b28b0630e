// held by: state.get(queue).waiting
// class: Map
// kind: collection
// entry: {task}
const http = require('node:http');

const state = new WeakMap();

class Queue {
  constructor() {
    state.set(this, { waiting: new Map() });
  }

  add(task) {
    state.get(this).waiting.set(task, { task });
  }
}

const queue = new Queue(); // here

http.createServer((req, res) => {
  queue.add(req.url);
  res.end();
}).listen();
