// held by: hooks
// class: Array
// kind: closure
// entry: function onExit
const http = require('node:http');

const hooks = []; // here

http.createServer((req, res) => {
  hooks.push(function onExit() { // callback
    res.end();
  });
}).listen();
