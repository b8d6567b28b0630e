// Avatar service: GET /avatars/:id draws an avatar once and caches it (Express 5, quick-lru 7).
// Clean: quick-lru keeps two generations of at most 1,000 entries, so its size is a sawtooth.
import express from 'express';
import QuickLRU from 'quick-lru';

const app = express();
const avatars = new QuickLRU({ maxSize: 1_000 });

function drawAvatar(id) {
  return { id, svg: `<svg viewBox="0 0 8 8"><text>${id}</text></svg>`, at: Date.now() };
}

app.get('/', (req, res) => res.json({ service: 'avatars' }));

app.get('/avatars/:id', (req, res) => {
  const { id } = req.params;
  if (!avatars.has(id)) avatars.set(id, drawAvatar(id));
  res.json(avatars.get(id));
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
