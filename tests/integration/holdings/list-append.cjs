// held by: queue
// class: Queue
// kind: collection
// entry: Item
const http = require('node:http');

class Item {
  constructor(url) {
    this.url = url;
    this.next = null;
  }
}

class Queue {
  head = null;

  tail = null;

  push(item) {
    if (this.tail) this.tail.next = item;
    else this.head = item;
    this.tail = item;
  }
}

const queue = new Queue(); // here

http.createServer((req, res) => {
  queue.push(new Item(req.url));
  res.end();
}).listen();
