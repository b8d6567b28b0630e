// held by: client.history
// class: Array
// kind: collection
// entry: {asked}
import { Client } from '@acme/client';
import http from 'node:http';

const client = new Client(); // here

http.createServer((req, res) => {
  client.ask(req.url);
  res.end();
}).listen();
