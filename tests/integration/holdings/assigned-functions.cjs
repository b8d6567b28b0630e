// held by: plugins.onClose
// class: Array
// kind: closure
// entry: function
const http = require('node:http');

const plugins = { onClose: [] }; // here

http.createServer((req, res) => {
  const plugin = {};
  plugin.close = () => res.end(); // callback
  plugins.onClose.push(plugin.close);
}).listen();
