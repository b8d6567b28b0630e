// Live ticker: greets WebSocket clients, answers their pings, broadcasts news from POST /news (node:http, ws 8).
// Leak: each connection joins the set `clients`, and nothing takes it out again when it closes.
// Clean twin: clients of /fixed leave the set.
import http from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';

const clients = new Set();

function broadcast(message) {
  for (const client of clients) {
    if (client.readyState === WebSocket.OPEN) client.send(JSON.stringify(message));
  }
}

const server = http.createServer((req, res) => {
  if (req.method === 'POST' && req.url === '/news') {
    let headline = '';
    req.setEncoding('utf8');
    req.on('data', (chunk) => (headline += chunk));
    req.on('end', () => {
      broadcast({ type: 'news', headline });
      res.writeHead(202).end();
    });
    return;
  }
  const known = req.url === '/' || req.url === '/health';
  res.writeHead(known ? 200 : 404, { 'Content-Type': 'application/json' });
  res.end(JSON.stringify(known ? { status: 'ok' } : { error: 'not found' }));
});

const wss = new WebSocketServer({ server });

wss.on('connection', (socket, request) => {
  clients.add(socket);
  if (request.url === '/fixed') socket.on('close', () => clients.delete(socket));
  socket.on('error', (error) => console.error(error.message));
  socket.on('message', (data) => {
    if (data.toString() === 'ping') socket.send('pong');
  });
  socket.send(JSON.stringify({ type: 'welcome' }));
});

const port = Number(process.env.PORT ?? 3000);

server.listen(port, '127.0.0.1', () => {
  console.log(`ticker on http://127.0.0.1:${port}`);
});
