// Login service: GET /logins/:user allows five attempts per second (Express 5, rate-limiter-flexible 11).
// Clean: the limiter's memory has an entry and a timer per user, and both are gone a second later.
import express from 'express';
import { RateLimiterMemory } from 'rate-limiter-flexible';

const app = express();
const limiter = new RateLimiterMemory({ points: 5, duration: 1 });

app.get('/', (req, res) => res.json({ service: 'logins' }));

app.get('/logins/:user', async (req, res) => {
  const { remainingPoints } = await limiter.consume(req.params.user);
  res.json({ user: req.params.user, remainingPoints });
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
