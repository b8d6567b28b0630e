// Geocoder: GET /places/:id asks an upstream that allows four calls at once (Express 5, bottleneck 2).
// Clean: the limiter's queues are empty again when the load is over.
import { setImmediate } from 'node:timers/promises';
import Bottleneck from 'bottleneck';
import express from 'express';

const app = express();
const limiter = new Bottleneck({ maxConcurrent: 4 });

async function geocode(id) {
  await setImmediate();
  return { id, latitude: 52.5, longitude: 13.4 };
}

const politely = limiter.wrap(geocode);

app.get('/', (req, res) => res.json({ service: 'places' }));
app.get('/places/:id', async (req, res) => res.json(await politely(req.params.id)));

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
