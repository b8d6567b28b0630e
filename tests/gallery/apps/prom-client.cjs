// User service with metrics: GET /users/:id, and GET /metrics for Prometheus (Express 5, prom-client 15).
// Leak: the user's id is a label, so that the counter keeps one series per user.
// Clean twin: GET /fixed/users/:id counts by method and status, of which there are few.
'use strict';

const express = require('express');
const prometheus = require('prom-client');

const app = express();

const viewsByUser = new prometheus.Counter({
  name: 'profile_views_total',
  help: 'Profiles looked at',
  labelNames: ['user'],
});
const answers = new prometheus.Counter({
  name: 'answers_total',
  help: 'Answers sent',
  labelNames: ['method', 'status'],
});
const seconds = new prometheus.Histogram({ name: 'answer_seconds', help: 'Time to answer', labelNames: ['method'] });

app.get('/', (req, res) => res.json({ service: 'users' }));
app.get('/metrics', async (req, res) => {
  res.type(prometheus.register.contentType).send(await prometheus.register.metrics());
});

app.get('/users/:id', (req, res) => {
  viewsByUser.inc({ user: req.params.id });
  res.json({ id: req.params.id });
});

app.get('/fixed/users/:id', (req, res) => {
  const stop = seconds.startTimer({ method: req.method });
  res.json({ id: req.params.id });
  answers.inc({ method: req.method, status: res.statusCode });
  stop();
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
