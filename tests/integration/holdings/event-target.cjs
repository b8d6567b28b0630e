// held by: updates
// class: EventTarget
// kind: listener
// entry: Listener
const http = require('node:http');

const updates = new EventTarget(); // here

http.createServer((req, res) => {
  updates.addEventListener('update', () => res.end()); // callback
}).listen();
