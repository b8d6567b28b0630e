// Export service: GET /exports/:id, cleans up if the process ends meanwhile (Express 5, exit-hook 5).
// Leak: each request adds a hook, which keeps the whole export, and never takes it back.
// Clean twin: GET /fixed/exports/:id takes it back.
import exitHook from 'exit-hook';
import express from 'express';

const app = express();

function createExport(id) {
  return { id, rows: Array.from({ length: 200 }, (_, row) => ({ row, total: row * 3 })) };
}

function remove({ id, rows }) {
  console.log(`export ${id} removed, ${rows.length} rows`);
}

app.get('/', (req, res) => res.json({ service: 'exports' }));

app.get('/exports/:id', (req, res) => {
  const made = createExport(req.params.id);
  exitHook(() => remove(made));
  res.json({ id: made.id, rows: made.rows.length });
});

app.get('/fixed/exports/:id', (req, res) => {
  const made = createExport(req.params.id);
  const takeBack = exitHook(() => remove(made));
  res.on('close', takeBack);
  res.json({ id: made.id, rows: made.rows.length });
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
