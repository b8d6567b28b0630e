// Contact service: GET /contacts/:id, with an extension point and an event listener set once (@hapi/hapi 21).
// Clean: everything a request creates dies with its response.
import Hapi from '@hapi/hapi';

const server = Hapi.server({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' });
let answered = 0;

server.ext('onRequest', (request, h) => {
  request.app.startedAt = Date.now();
  return h.continue;
});
server.events.on('response', () => (answered += 1));

server.route({ method: 'GET', path: '/', handler: () => ({ service: 'contacts', answered }) });
server.route({
  method: 'GET',
  path: '/contacts/{id}',
  handler: async (request, h) => {
    const contact = { id: request.params.id, name: `Contact ${request.params.id}` };
    return h.response(contact).etag(`"${contact.id}"`);
  },
});

await server.start();
