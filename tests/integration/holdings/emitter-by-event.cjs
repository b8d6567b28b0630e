// held by: replies._events
// class: Object
// kind: listener
// entry: function
const http = require('node:http');
const { EventEmitter } = require('node:events');

const replies = new EventEmitter(); // here

http.createServer((req, res) => {
  replies.on(`reply:${req.url}`, () => res.end()); // callback
}).listen();
