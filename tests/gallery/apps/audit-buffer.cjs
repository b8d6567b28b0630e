// Payment service: GET /payments/:id is audited; events go out in batches, every second (Express 5, node-cron 4).
// Clean: the buffer grows with each request and is empty again after the next flush.
'use strict';

const express = require('express');
const cron = require('node-cron');

const app = express();
let events = [];
let sent = 0;

async function flush() {
  const batch = events;
  events = [];
  await new Promise(setImmediate); // stands for the audit service
  sent += batch.length;
}

cron.schedule('* * * * * *', flush);

app.get('/', (req, res) => res.json({ service: 'payments', sent }));

app.get('/payments/:id', (req, res) => {
  events.push({ type: 'payment.read', id: req.params.id, from: req.ip, at: new Date() });
  res.json({ id: req.params.id, cents: 1_250 });
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
