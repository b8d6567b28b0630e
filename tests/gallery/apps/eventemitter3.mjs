// Order service: GET /orders/:id, and whoever asks wants to hear when the order is shipped (Express 5, eventemitter3).
// Leak: a listener on the module-wide `bus` per request, which no one removes.
// Clean twin: GET /fixed/orders/:id removes it when the answer is sent.
import { EventEmitter } from 'eventemitter3';
import express from 'express';

const app = express();
const bus = new EventEmitter();

function loadOrder(id) {
  return { id, state: 'packed', lines: [{ sku: 'mug-blue', quantity: 2 }] };
}

app.get('/', (req, res) => res.json({ service: 'orders' }));

app.get('/orders/:id', (req, res) => {
  const order = loadOrder(req.params.id);
  bus.on('shipped', (id) => {
    if (id === order.id) order.state = 'shipped';
  });
  res.json(order);
});

app.get('/fixed/orders/:id', (req, res) => {
  const order = loadOrder(req.params.id);
  const onShipped = (id) => {
    if (id === order.id) order.state = 'shipped';
  };
  bus.on('shipped', onShipped);
  res.on('close', () => bus.off('shipped', onShipped));
  res.json(order);
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
