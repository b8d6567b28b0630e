// held by: lru.map
// class: Map
// kind: collection
// entry: {key, prev, next}
const http = require('node:http');

class Lru {
  constructor() {
    this.map = new Map();
    this.head = { key: null, prev: null, next: null };
    this.head.prev = this.head.next = this.head;
  }

  set(key) {
    const node = { key, prev: this.head, next: this.head.next };
    this.head.next.prev = node;
    this.head.next = node;
    this.map.set(key, node);
  }
}

const lru = new Lru(); // here

http.createServer((req, res) => {
  lru.set(req.url);
  res.end();
}).listen();
