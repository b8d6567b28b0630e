// held by: byTenant[]
// class: Map
// kind: collection
// entry: {order}
const http = require('node:http');

const byTenant = new Map(); // here
for (const tenant of ['a', 'b', 'c', 'd', 'e']) byTenant.set(tenant, []);
let turn = 0;

http.createServer((req, res) => {
  const tenants = [...byTenant.values()];
  tenants[turn++ % tenants.length].push({ order: req.url });
  res.end();
}).listen();
