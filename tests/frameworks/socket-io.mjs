// The service on Socket.IO 4. The event "visit" leaks.
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const visits = new Map();

function remember(id) {
  visits.set(id, { id, at: Date.now() });
}

const server = createServer((req, res) => res.end('users'));
new Server(server).on('connection', (socket) => {
  socket.on('user', (id) => socket.emit('found', { id }));
  socket.on('visit', (id) => {
    remember(id);
    socket.emit('found', { id });
  });
});
server.listen(process.env.PORT, '127.0.0.1');
