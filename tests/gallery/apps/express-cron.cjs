// Reminder service: GET /reminders/:id reminds its owner every morning at nine (Express 5, node-cron 4).
// Leak: each request schedules one more cron task and nobody ever stops one.
'use strict';

const express = require('express');
const cron = require('node-cron');

const app = express();

async function sendReminder(reminder) {
  console.log(`reminder for ${reminder.owner}: ${reminder.text}`);
}

function loadReminder(id) {
  return { id, owner: `user-${id}`, text: 'Take out the bins' };
}

app.get('/', (req, res) => {
  res.json({ service: 'reminders' });
});

app.get('/reminders/:id', (req, res) => {
  const reminder = loadReminder(req.params.id);
  cron.schedule('0 9 * * *', () => sendReminder(reminder));
  res.json({ ...reminder, scheduled: true });
});

const port = Number(process.env.PORT ?? 3000);

app.listen(port, '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(`reminders on http://127.0.0.1:${port}`);
});
