// Invoice service: GET /invoices/:id fails, because its database is down (Koa 3).
// Leak, on the error path only: `failures` keeps each error with its context for the status page.
// Clean twin: GET /fixed/invoices/:id fails as well, but is only counted.
import Koa from 'koa';

const app = new Koa();
const failures = [];
const countByMessage = new Map();

app.on('error', (error, ctx) => {
  if (ctx.path.startsWith('/fixed')) {
    countByMessage.set(error.message, (countByMessage.get(error.message) ?? 0) + 1);
  } else {
    failures.push({ error, ctx });
  }
});

app.use((ctx) => {
  if (ctx.path === '/') {
    ctx.body = { service: 'invoices', failures: failures.length, counts: [...countByMessage] };
    return;
  }
  ctx.throw(500, 'the database is down');
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
