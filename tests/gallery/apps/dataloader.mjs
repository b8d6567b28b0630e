// User service: GET /users/:id, look-ups of one tick batched into a single query (node:http, dataloader 2).
// Leak: one loader for the whole process, so its cache keeps every user ever asked for.
// Clean twin: GET /fixed/users/:id makes a loader per request.
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

    const match = /^(\/fixed)?\/users\/(\w+)$/.exec(req.url);
    if (!match) return reply(res, 404, { error: 'not found' });

    const [, fixed, id] = match;
    const loader = fixed ? new DataLoader(fetchUsers) : userLoader;
    const [user, again] = await Promise.all([loader.load(id), loader.load(id)]);
    reply(res, 200, { user, same: user === again });
  } catch (error) {
    reply(res, 500, { error: error.message });
  }
});

server.listen(process.env.PORT ?? 3000, '127.0.0.1');
