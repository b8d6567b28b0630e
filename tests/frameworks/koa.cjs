// The service on Koa 3. GET /visits/:id leaks.
'use strict';

const Koa = require('koa');

const visits = new Map();

function remember(id) {
  visits.set(id, { id, at: Date.now() });
}

const app = new Koa();
app.use(async (ctx) => {
  const [, resource, id] = ctx.path.split('/');
  if (resource === 'visits') remember(id);
  ctx.body = { id: id ?? 'none' };
});
app.listen(process.env.PORT, '127.0.0.1');
