// held by: channel._subscribers
// class: Array
// kind: closure
// entry: function
const http = require('node:http');
const diagnostics = require('node:diagnostics_channel');

const channel = diagnostics.channel('app:orders'); // here

http.createServer((req, res) => {
  channel.subscribe(() => res.end()); // callback
}).listen();
