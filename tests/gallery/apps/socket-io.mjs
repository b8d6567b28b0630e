// Scoreboard: clients of /scores are told each goal (Express 5, socket.io 4).
// Leak: each connection listens to `games` and still does when it is gone.
// Clean twin: the namespace /fixed stops listening on disconnect.
import { EventEmitter } from 'node:events';
import http from 'node:http';
import express from 'express';
import { Server } from 'socket.io';

const app = express();
const server = http.createServer(app);
const io = new Server(server);
const games = new EventEmitter();

games.setMaxListeners(0); // one per client is meant

function tell(socket) {
  const onGoal = (goal) => socket.emit('goal', goal);
  games.on('goal', onGoal);
  socket.emit('welcome', { games: 3 });
  return onGoal;
}

io.of('/scores').on('connection', (socket) => {
  tell(socket);
});

io.of('/fixed').on('connection', (socket) => {
  const onGoal = tell(socket);
  socket.on('disconnect', () => games.off('goal', onGoal));
});

app.get('/', (req, res) => res.json({ service: 'scores' }));

server.listen(process.env.PORT ?? 3000, '127.0.0.1');
