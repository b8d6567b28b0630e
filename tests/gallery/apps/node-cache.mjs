// Rate service: GET /rates/:pair computes an exchange rate and caches it (Express 5, node-cache 5).
// Leak: without stdTTL node-cache keeps each entry for ever.
// Clean twin: GET /fixed/rates/:pair has a cache whose entries live one second.
import express from 'express';
import NodeCache from 'node-cache';

const app = express();
const rates = new NodeCache();
const freshRates = new NodeCache({ stdTTL: 1, checkperiod: 1 });

function rateOf(cache, pair) {
  let rate = cache.get(pair);
  if (rate === undefined) {
    rate = { pair, value: 1.09, at: new Date().toISOString() };
    cache.set(pair, rate);
  }
  return rate;
}

app.get('/', (req, res) => res.json({ service: 'rates' }));
app.get('/rates/:pair', (req, res) => res.json(rateOf(rates, req.params.pair)));
app.get('/fixed/rates/:pair', (req, res) => res.json(rateOf(freshRates, req.params.pair)));

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
