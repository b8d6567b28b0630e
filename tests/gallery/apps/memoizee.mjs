// Profile service: GET /profile/:id, the costly building of a profile is memoized (node:http, memoizee 0.4).
// Leak: memoizee keeps each result for ever unless `max` or `maxAge` is given, and user ids never run out.
import http from 'node:http';
import memoize from 'memoizee';

function buildProfile(userId) {
  return {
    id: userId,
    displayName: `Member ${userId}`,
    badges: ['early-bird', 'reviewer'],
    joined: new Date(2020, 0, 1 + (Number(userId) % 365)).toISOString(),
  };
}

const getProfile = memoize(buildProfile, { primitive: true });

function reply(res, status, body) {
  res.writeHead(status, { 'Content-Type': 'application/json' });
  res.end(JSON.stringify(body));
}

const server = http.createServer((req, res) => {
  if (req.url === '/') return reply(res, 200, { service: 'profiles' });

  const match = /^\/profile\/(\d+)$/.exec(req.url);
  if (!match) return reply(res, 404, { error: 'not found' });

  reply(res, 200, getProfile(match[1]));
});

const port = Number(process.env.PORT ?? 3000);

server.listen(port, '127.0.0.1', () => {
  console.log(`profiles on http://127.0.0.1:${port}`);
});
