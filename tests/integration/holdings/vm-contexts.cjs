// held by: sandboxes | V8's contexts
// class: Array | Object
// kind: context
// entry: Object
// rate: 0.25
const http = require('node:http');
const vm = require('node:vm');

const sandboxes = [];
let made = 0;

http.createServer((req, res) => {
  // A context is half a megabyte.
  if (made++ % 4 === 0) sandboxes.push(vm.createContext({}));
  res.end();
}).listen();
