// held by: Tracker.#visits
// class: Map
// kind: collection
// entry: {visit}
import http from 'node:http';

class Tracker { // here
  static #visits = new Map();

  static add(url) {
    Tracker.#visits.set(url, { visit: url });
  }
}

http.createServer((req, res) => {
  Tracker.add(req.url);
  res.end();
}).listen();
