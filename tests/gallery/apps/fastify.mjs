// Order service: GET /orders/:id and POST /orders, checked and serialized by JSON schemas (Fastify 5).
// Clean: the handlers keep nothing, and schemas are compiled once, when the app gets ready.
import Fastify from 'fastify';

const app = Fastify();

const order = {
  type: 'object',
  required: ['id', 'items', 'total'],
  properties: {
    id: { type: 'integer' },
    items: { type: 'array', items: { $ref: 'item#' } },
    total: { type: 'number' },
  },
};

app.addSchema({
  $id: 'item',
  type: 'object',
  required: ['sku', 'quantity', 'price'],
  properties: {
    sku: { type: 'string', maxLength: 40 },
    quantity: { type: 'integer', minimum: 1 },
    price: { type: 'number', minimum: 0 },
  },
});

const params = { type: 'object', properties: { id: { type: 'integer', minimum: 0 } } };
const body = {
  type: 'object',
  required: ['items'],
  properties: { items: { type: 'array', minItems: 1, items: { $ref: 'item#' } } },
};
const total = (items) => items.reduce((sum, { quantity, price }) => sum + quantity * price, 0);

app.get('/', async () => ({ service: 'orders' }));

app.get('/orders/:id', { schema: { params, response: { 200: order } } }, async (request) => {
  const items = [{ sku: 'mug-blue', quantity: 2, price: 7.5 }];
  return { id: request.params.id, items, total: total(items) };
});

app.post('/orders', { schema: { body, response: { 201: order } } }, async (request, reply) => {
  const { items } = request.body;
  return reply.code(201).send({ id: Date.now(), items, total: total(items) });
});

const address = await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' });

console.log(`orders on ${address}`);
