import http from 'node:http';

http.createServer(async (req, res) => {
  const { default: visits } = await import('./visits.mjs');
  visits.entries.push({ visit: req.url });
  res.end();
}).listen();

export default { entries: [] }; // here
