// The service on Fastify 5. GET /visits/:id leaks.
import Fastify from 'fastify';

const visits = new Map();

function remember(id) {
  visits.set(id, { id, at: Date.now() });
}

const app = Fastify();
app.get('/', async () => ({ service: 'users' }));
app.get('/users/:id', async (request) => ({ id: request.params.id }));
app.get('/visits/:id', async (request) => {
  remember(request.params.id);
  return { id: request.params.id };
});
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
