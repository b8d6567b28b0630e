// Shipping service: GET /quotes/:id asks a carrier through a circuit breaker (Express 5, opossum 9).
// Clean: one breaker for all requests; its statistics are a ring of ten buckets that turns every second.
import express from 'express';
import CircuitBreaker from 'opossum';

const app = express();

async function askCarrier(id) {
  await new Promise(setImmediate); // stands for the carrier's answer
  if (Number(id) % 50 === 0) throw new Error('the carrier does not answer');
  return { id, cents: 490 };
}

const carrier = new CircuitBreaker(askCarrier, { timeout: 1_000 });

carrier.fallback((id) => ({ id, cents: 990, isEstimate: true }));

app.get('/', (req, res) => res.json({ service: 'shipping', stats: carrier.stats }));
app.get('/quotes/:id', async (req, res) => res.json(await carrier.fire(req.params.id)));

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
