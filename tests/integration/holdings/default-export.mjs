// held by: store.entries
// class: Array
// kind: collection
// entry: {entry}
import http from 'node:http';

const store = { entries: [] }; // here

http.createServer((req, res) => {
  store.entries.push({ entry: req.url });
  res.end();
}).listen();

export default store;
