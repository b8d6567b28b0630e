// held by: tasks
// class: Array
// kind: closure
// entry: function send
const http = require('node:http');

const tasks = []; // here

function send(res) { // callback
  res.end();
}

http.createServer((req, res) => {
  tasks.push(send.bind(null, res));
}).listen();
