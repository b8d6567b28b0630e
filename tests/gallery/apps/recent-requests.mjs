// Item service with a look behind the scenes: GET /debug/requests shows the newest requests (Express 5, denque 2).
// Clean: a ring buffer of the last 1,000 requests.
import Denque from 'denque';
import express from 'express';

const app = express();
const recent = new Denque([], { capacity: 1_000 });

app.use((req, res, next) => {
  recent.push({ method: req.method, url: req.url, headers: req.headers, at: new Date() });
  next();
});

app.get('/', (req, res) => res.json({ service: 'items' }));
app.get('/debug/requests', (req, res) => res.json(recent.toArray()));
app.get('/items/:id', (req, res) => res.json({ id: req.params.id }));

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
