// The service on Hapi 21. GET /visits/{id} leaks.
import Hapi from '@hapi/hapi';

const visits = new Map();

function remember(id) {
  visits.set(id, { id, at: Date.now() });
}

const server = Hapi.server({ port: process.env.PORT, host: '127.0.0.1' });
server.route([
  { method: 'GET', path: '/', handler: () => ({ service: 'users' }) },
  { method: 'GET', path: '/users/{id}', handler: (request) => ({ id: request.params.id }) },
  {
    method: 'GET',
    path: '/visits/{id}',
    handler: (request) => {
      remember(request.params.id);
      return { id: request.params.id };
    },
  },
]);
await server.start();
