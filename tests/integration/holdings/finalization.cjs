// held by: registry
// class: FinalizationRegistry
// kind: collection
// entry: {file}
const http = require('node:http');

const registry = new FinalizationRegistry(() => {}); // here
const settings = {};

http.createServer((req, res) => {
  registry.register(settings, { file: req.url });
  res.end();
}).listen();
