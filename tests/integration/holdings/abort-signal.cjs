// held by: shutdown.signal
// class: AbortSignal
// kind: listener
// entry: Listener
const http = require('node:http');

const shutdown = new AbortController(); // here

http.createServer((req, res) => {
  shutdown.signal.addEventListener('abort', () => res.destroy()); // callback
  res.end();
}).listen();
