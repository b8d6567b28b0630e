/** A small service without a leak, for the examples of the documents to run against. */
import { createServer } from 'node:http';

const users = new Map();
const MAX_USERS = 100;

async function bodyOf(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text ? JSON.parse(text) : {};
}

function createUser(body) {
  users.set(users.size % MAX_USERS, body);
  return { created: body };
}

const routes = {
  'GET /users': (id) => ({ id, name: `user ${id}` }),
  'POST /users': (_id, body) => createUser(body),
  'POST /cart': (_id, body) => ({ added: body.sku }),
  'POST /checkout': () => ({ paid: true }),
  'POST /search': (_id, body) => ({ found: [body.q] }),
};

/** Server-sent events, ten a second, for as long as the client listens. */
function sendEvents(response) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('data: hello\n\n');
  const ticking = setInterval(() => response.write('data: tick\n\n'), 100);
  response.on('close', () => clearInterval(ticking));
}

const server = createServer(async (request, response) => {
  const [, name, id] = request.url.split(/[/?]/);
  if (name === 'events') return sendEvents(response);
  const route = routes[`${request.method} /${name}`];
  if (!route) response.statusCode = 404;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(route ? route(id, await bodyOf(request)) : {}));
});

server.listen(process.env.PORT ?? 3000, '127.0.0.1');
