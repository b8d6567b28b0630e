// Alarm service: GET /alarms/:id sets an alarm for nine in the morning (Express 5, cron 4).
// Leak: a CronJob per request that is never stopped; its timer runs until nine, and then until nine again.
'use strict';

const { CronJob } = require('cron');
const express = require('express');

const app = express();

function ring(alarm) {
  console.log(`${alarm.id}: ${alarm.text}`);
}

app.get('/', (req, res) => res.json({ service: 'alarms' }));

app.get('/alarms/:id', (req, res) => {
  const alarm = { id: req.params.id, text: 'Get up' };
  new CronJob('0 0 9 * * *', () => ring(alarm), null, true);
  res.json(alarm);
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
