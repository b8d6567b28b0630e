// held by: app.bus._events.order
// class: Array
// kind: listener
// entry: function
const http = require('node:http');
const { EventEmitter } = require('node:events');

class App {
  constructor() {
    this.bus = new EventEmitter().setMaxListeners(0);
  }
}

const app = new App(); // here

http.createServer((req, res) => {
  app.bus.on('order', () => res.end()); // callback
}).listen();
