// API with a limit per client: GET /clients/:id (Express 5, express-rate-limit 8).
// Leak: a limiter per request; each one's memory store starts an interval that nobody clears.
// Clean twin: GET /fixed/clients/:id shares a limiter, which forgets a client after one second.
import express from 'express';
import { rateLimit } from 'express-rate-limit';

const app = express();

function createLimiter() {
  return rateLimit({
    windowMs: 1_000,
    limit: 100,
    keyGenerator: (req) => req.params.id,
    validate: false, // it warned about the leak, and with its checks on the package keeps a Set of all stores
  });
}

const limiter = createLimiter();
const answer = (req, res) => res.json({ client: req.params.id });

app.get('/', (req, res) => res.json({ service: 'clients' }));
app.get('/clients/:id', (req, res, next) => createLimiter()(req, res, next), answer);
app.get('/fixed/clients/:id', limiter, answer);

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
