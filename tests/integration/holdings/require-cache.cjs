// held by: module.children
// class: Array
// kind: module
// entry: Module
// also: require.cache | $Module._cache
// process: 3
const http = require('node:http');

http.createServer((req, res) => {
  // The line of a finding is the caller's, which only a profile of allocations knows.
  delete require.cache[require.resolve('./lib/rules.cjs')];
  require('./lib/rules.cjs');
  res.end();
}).listen();
