// The API of harbour.yaml. Three of its operations leak; all others are bounded.
'use strict';
const { createHash } = require('node:crypto');
const { EventEmitter } = require('node:events');
const express = require(require.resolve('express', { paths: [process.env.MODULES ?? '.'] }));

const BERTHS = 400;
const app = express();
const api = express.Router();
const tides = new EventEmitter().setMaxListeners(0);

// Leak 1: asked for by its date, and never forgotten.
const freeNights = new Map();
// Leak 2: every upload leaves a listener behind.
// Leak 3: what was changed, with the whole booking, for ever.
const history = [];

// Bounded: the last positions, and a cache that forgets its oldest entry.
const positions = new Array(64).fill(null);
const invoices = new Map();
let reported = 0;

const digest = (text) => createHash('sha1').update(String(text)).digest('hex').slice(0, 12);
const berth = (id) => ({ id, pier: 'ABC'[id % 3], number: id % BERTHS, lengthMetres: 12 });
const person = (id) => ({ id, name: `Person ${id}`, email: `person-${id}@example.com` });
const page = (make) => (request, response) => {
  const first = 20 * (Number(request.query.page ?? 1) - 1);
  response.json(Array.from({ length: 20 }, (_, index) => make(first + index)));
};
const sent = (status) => (request, response) => {
  response.status(status).json({ ...request.body, id: digest(JSON.stringify(request.body)) });
};
const gone = (request, response) => response.status(204).end();
const needs = (...names) => (request, response, next) => {
  const missing = names.filter((name) => request.body?.[name] === undefined);
  if (missing.length) response.status(422).json({ missing });
  else next();
};

app.get('/live/v1/health', (request, response) => response.json({ status: 'up' }));
app.use('/live/v1', (request, response, next) => {
  const isOpen = request.path === '/sessions';
  if (isOpen || request.get('authorization') === `Bearer ${process.env.HARBOUR_TOKEN}`) next();
  else response.status(401).json({ error: `not for ${request.get('authorization')}` });
}, express.json({ type: ['application/json', 'application/*+json'] }),
express.urlencoded({ extended: false }), api);

api.get('/berths', page(berth));
api.post('/berths', needs('pier', 'number', 'lengthMetres'), sent(201));
api.get('/berths/:id', (request, response) => {
  const id = Number(request.params.id);
  if (id > BERTHS) response.status(404).json({ error: 'no such berth' });
  else response.json(berth(id));
});
api.put('/berths/:id', needs('pier', 'number', 'lengthMetres'), sent(200));
api.delete('/berths/:id', gone);
api.get('/berths/:id/availability', (request, response) => {
  const key = `${request.params.id} ${request.query.from}`;
  if (!freeNights.has(key)) freeNights.set(key, { nights: [1, 2, 5], from: request.query.from });
  response.json(freeNights.get(key));
});
api.get('/berths/:id/meter', (request, response) => response.json({ kilowattHours: 4.2 }));
api.patch('/berths/:id/meter', needs('kilowattHours'), sent(200));

api.get('/boats', page((id) => ({ registration: `AB-${id}`, name: 'Puffin' })));
api.post('/boats', needs('kind', 'name', 'registration'), (request, response, next) => {
  const own = { sailing: 'sails', motor: 'horsepower' }[request.body.kind];
  needs(own ?? 'kind of boat')(request, response, next);
}, sent(201));
api.get('/boats/:registration', (request, response) => {
  response.json({ registration: request.params.registration, name: 'Puffin' });
});
api.delete('/boats/:registration', gone);
api.get('/boats/:registration/positions', (request, response) => {
  response.json(positions.filter(Boolean).slice(0, 5));
});
api.post('/boats/:registration/positions', needs('position'), (request, response) => {
  positions[reported++ % positions.length] = request.body.position;
  response.status(202).end();
});
api.post('/boats/:registration/papers', express.text({ type: 'multipart/form-data' }),
  (request, response) => {
    if (!request.body.includes('name="file"')) response.status(422).end();
    else {
      const { registration } = request.params;
      tides.on('high water', () => digest(registration));
      response.status(201).json({ bytes: request.body.length });
    }
  });

api.get('/bookings', page((id) => ({ id, state: 'asked' })));
api.post('/bookings', needs('berthId', 'boat', 'from', 'to'), (request, response, next) => {
  if (request.get('idempotency-key')) next();
  else response.status(422).json({ missing: ['Idempotency-Key'] });
}, sent(201));
api.get('/bookings/:id', (request, response) => response.json({ id: request.params.id }));
api.patch('/bookings/:id', needs('berthId', 'boat', 'from', 'to'), (request, response) => {
  history.push({ booking: request.params.id, change: request.body });
  response.json({ id: request.params.id, ...request.body });
});
api.delete('/bookings/:id', gone);
api.post('/bookings/:id/confirmation', (request, response) => response.json({ state: 'confirmed' }));
api.get('/bookings/:id/invoice', (request, response) => {
  const { id } = request.params;
  invoices.set(id, { id, currency: request.query.currency ?? 'EUR', total: 120 });
  if (invoices.size > 200) invoices.delete(invoices.keys().next().value);
  response.json(invoices.get(id));
});

api.get('/people', page(person));
api.post('/people', needs('name', 'email'), sent(201));
api.get('/people/:id', (request, response) => response.json(person(Number(request.params.id))));
api.put('/people/:id', needs('name', 'email'), sent(200));
api.delete('/people/:id', gone);
api.put('/people/:id/preferences', needs('language'), sent(200));
api.post('/sessions', needs('email', 'password'), sent(201));

api.get('/tides', (request, response) => {
  response.json({ day: request.query.day, high: ['03:12', '15:40'], low: ['09:20', '21:55'] });
});
api.get('/weather/:station', (request, response) => response.json({ wind: 5 }));
api.get('/reports/occupancy', (request, response) => {
  if (/^20[23]\d-(0[1-9]|1[0-2])$/.test(request.query.month ?? '')) response.json({ share: 0.8 });
  else response.status(400).json({ error: 'no month' });
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
