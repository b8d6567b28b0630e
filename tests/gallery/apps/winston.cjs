// Job service: GET /jobs/:id, each job logs under its own id (Express 5, winston 3).
// Leak: a logger with exceptionHandlers per request; each one listens to the process's uncaughtException for ever.
// Clean twin: GET /fixed/jobs/:id makes a child of the one logger.
'use strict';

const fs = require('node:fs');
const express = require('express');
const winston = require('winston');

const app = express();
const file = fs.createWriteStream('/dev/null');

function createLogger(meta) {
  return winston.createLogger({
    defaultMeta: meta,
    format: winston.format.json(),
    transports: [new winston.transports.Stream({ stream: file })],
    exceptionHandlers: [new winston.transports.Console()],
  });
}

const logger = createLogger({ service: 'jobs' });

app.get('/', (req, res) => res.json({ service: 'jobs' }));

app.get('/jobs/:id', (req, res) => {
  createLogger({ service: 'jobs', job: req.params.id }).info('looked at');
  res.json({ id: req.params.id, state: 'done' });
});

app.get('/fixed/jobs/:id', (req, res) => {
  logger.child({ job: req.params.id }).info('looked at');
  res.json({ id: req.params.id, state: 'done' });
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
