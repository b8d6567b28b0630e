// held by: Metrics.instance.series
// class: Object
// kind: collection
// entry: {labels}
const http = require('node:http');

class Metrics { // here
  series = {};

  static get() {
    return (Metrics.instance ??= new Metrics());
  }
}

http.createServer((req, res) => {
  Metrics.get().series[req.url] = { labels: req.url };
  res.end();
}).listen();
