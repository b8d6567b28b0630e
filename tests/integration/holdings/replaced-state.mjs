// held by: store.state
// class: Object
// kind: collection
// entry: {todo}
import http from 'node:http';

const store = { state: {} }; // here

http.createServer((req, res) => {
  store.state = { ...store.state, [req.url]: { todo: req.url } };
  res.end();
}).listen();
