// A server that answered some requests and keeps nothing of them.
'use strict';
const http = require('node:http');

const {attach, write} = require('./snapshot.cjs');

const agent = new http.Agent({keepAlive: true});
const server = http.createServer((request, response) => response.end(request.url));

const get = (port, path) => new Promise((resolve, reject) => {
  http.get({port, path, agent, host: '127.0.0.1'}, (response) => {
    response.resume().on('end', resolve);
  }).on('error', reject);
});

server.listen(0, '127.0.0.1', async () => {
  attach();
  for (let n = 0; n < 200; n++) await get(server.address().port, `/users/${n}`);
  write(process.argv[2]);
});
