// Quote service: GET /quotes/:symbol answers with the newest price of a stream (node:http, rxjs 7).
// Leak: each request subscribes to the subject `prices$` and never unsubscribes.
// Clean twin: GET /fixed/quotes/:symbol unsubscribes when its answer is sent.
import http from 'node:http';
import { Subject, filter, map } from 'rxjs';

const prices$ = new Subject();

setInterval(() => prices$.next({ symbol: 'ACME', cents: 4_200 }), 1_000);

function follow(symbol, onPrice) {
  return prices$
    .pipe(
      filter((price) => price.symbol === symbol),
      map(({ cents }) => cents / 100),
    )
    .subscribe(onPrice);
}

const server = http.createServer((req, res) => {
  const [, fixed, symbol] = /^(\/fixed)?\/quotes\/(\w+)$/.exec(req.url) ?? [];
  if (symbol === undefined) return res.end('quotes');

  const quote = { symbol, price: 42 };
  const subscription = follow(symbol, (price) => (quote.price = price));
  if (fixed) res.on('close', () => subscription.unsubscribe());
  res.writeHead(200, { 'Content-Type': 'application/json' });
  res.end(JSON.stringify(quote));
});

server.listen(process.env.PORT ?? 3000, '127.0.0.1');
