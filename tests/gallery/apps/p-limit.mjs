// Mail service: GET /mails/:id queues a mail, two are sent at a time (Express 5, p-limit 7).
// Leak: the relay's answer never comes, so both senders hang and all later mails wait in the limiter's queue.
// Clean twin: GET /fixed/mails/:id gives up on the relay.
import { setTimeout as delay } from 'node:timers/promises';
import express from 'express';
import pLimit from 'p-limit';

const app = express();
const outbox = pLimit(2);
const fixedOutbox = pLimit(50);

function relay() {
  return new Promise(() => {}); // resolved by an event that the relay forgot to send
}

async function send(mail) {
  const sent = await relay();
  return { ...mail, sent };
}

async function sendOrGiveUp(mail) {
  const sent = await Promise.race([relay(), delay(1, 'given up')]);
  return { ...mail, sent };
}

app.get('/', (req, res) => res.json({ service: 'mails' }));

app.get('/mails/:id', (req, res) => {
  outbox(send, { id: req.params.id, to: 'someone@example.com' });
  res.json({ queued: req.params.id });
});

app.get('/fixed/mails/:id', async (req, res) => {
  res.json(await fixedOutbox(sendOrGiveUp, { id: req.params.id, to: 'someone@example.com' }));
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
