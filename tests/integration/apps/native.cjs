// Native memory that grows while the heap and external memory stay flat.
'use strict';
const http = require('node:http');

http
  .createServer((request, response) => {
    const n = Number(request.url.split('/')[2] ?? 0);
    // The C library keeps every value that a variable ever had.
    if (n) process.env.LAST_REQUEST = `${n} `.padEnd(400_000, 'x');
    response.end('ok');
  })
  .listen(process.env.PORT, '127.0.0.1');
