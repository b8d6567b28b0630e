// Search service: GET /search/:term reports its timing to a StatsD agent (Express 5, hot-shots 17).
// Leak: a StatsD client per request, whose UDP socket is never closed.
// Clean twin: GET /fixed/search/:term shares one client.
'use strict';

const dgram = require('node:dgram');
const express = require('express');
const { StatsD } = require('hot-shots');

const app = express();
const agent = dgram.createSocket('udp4'); // stands for the StatsD agent

agent.bind(0, '127.0.0.1', () => {
  const options = { host: '127.0.0.1', port: agent.address().port, cacheDns: true };
  const statsd = new StatsD(options);

  function answer(req, res, client) {
    client.increment('searches');
    res.json({ term: req.params.term, hits: 3 });
  }

  app.get('/', (req, res) => res.json({ service: 'search' }));
  app.get('/search/:term', (req, res) => answer(req, res, new StatsD(options)));
  app.get('/fixed/search/:term', (req, res) => answer(req, res, statsd));
  app.listen(process.env.PORT ?? 3000, '127.0.0.1');
});
