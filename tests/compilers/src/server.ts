import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { remember } from './users.ts';

function handler(req: IncomingMessage, res: ServerResponse): void {
  const url: string = req.url ?? '/';
  remember(url);
  res.end('ok');
}

createServer(handler).listen(Number(process.env.PORT), '127.0.0.1');
