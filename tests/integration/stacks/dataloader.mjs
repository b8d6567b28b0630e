// User service: GET /users/:id, look-ups of one tick batched into a single query (node:http, dataloader 2).
// Leak: one loader for the whole process instead of one per request, so its cache keeps every user ever asked for.
import http from 'node:http';
import DataLoader from 'dataloader';

async function fetchUsers(ids) {
  // SELECT id, name, email FROM users WHERE id IN (...)
  return ids.map((id) => ({ id, name: `User ${id}`, email: `user${id}@example.com` }));
}

const userLoader = new DataLoader(fetchUsers);

function reply(res, status, body) {
  res.writeHead(status, { 'Content-Type': 'application/json' });
  res.end(JSON.stringify(body));
}

const server = http.createServer(async (req, res) => {
  try {
    if (req.url === '/') return reply(res, 200, { service: 'users' });

    const match = /^\/users\/(\w+)$/.exec(req.url);
    if (!match) return reply(res, 404, { error: 'not found' });

    reply(res, 200, await userLoader.load(match[1]));
  } catch (error) {
    reply(res, 500, { error: error.message });
  }
});

const port = Number(process.env.PORT ?? 3000);

server.listen(port, '127.0.0.1', () => {
  console.log(`users on http://127.0.0.1:${port}`);
});
