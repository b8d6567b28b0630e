// held by: titles
// class: Array
// kind: collection
// entry: string
const http = require('node:http');

const titles = []; // here
let made = 0;

http.createServer((req, res) => {
  const page = Buffer.alloc(20_000, `page ${made++} `).toString('latin1');
  titles.push(page.slice(1, 40));
  res.end();
}).listen();
