/** Stock and prices: a listener that is never removed, and an interval that is never cleared. */
import { EventEmitter } from 'node:events';

const MINUTE = 60_000;

// --- stock ---

const inventory = new EventEmitter();
inventory.setMaxListeners(0); // How the MaxListenersExceededWarning about /leaky/stock was silenced. It was right.

// A delivery arrives now and then.
setInterval(() => inventory.emit('change', { bookId: Date.now() % 1000, copies: 12 }), MINUTE).unref();

function countCopies(id) {
  return { id, copies: Math.abs(id) % 12, warehouse: 'Leeds' };
}

function leakyStock(id, req, res) {
  const stock = countCopies(id);
  // LEAK: the emitter outlives the request, so this closure, its `res` and its `stock` stay for ever.
  inventory.on('change', ({ bookId, copies }) => {
    if (bookId === id && !res.headersSent) stock.copies = copies;
  });
  return stock;
}

function fixedStock(id, req, res) {
  const stock = countCopies(id);
  const onChange = ({ bookId, copies }) => {
    if (bookId === id && !res.headersSent) stock.copies = copies;
  };
  inventory.on('change', onChange);
  res.on('close', () => inventory.off('change', onChange)); // FIX: whoever subscribes also unsubscribes.
  return stock;
}

// --- prices ---

function quotePrice(id) {
  return { id, cents: 999 + (Math.abs(id) % 40) * 50, currency: 'EUR', quotedAt: Date.now() };
}

function leakyPrice(id) {
  const quote = quotePrice(id);
  // LEAK: nobody keeps the handle, so nobody can stop the refresh when the visitor has left.
  setInterval(() => Object.assign(quote, quotePrice(id)), MINUTE);
  return quote;
}

function fixedPrice(id, req, res) {
  const quote = quotePrice(id);
  const refresh = setInterval(() => Object.assign(quote, quotePrice(id)), MINUTE);
  res.on('close', () => clearInterval(refresh)); // FIX: the interval lives as long as the response.
  return quote;
}

export const routes = {
  '/leaky/stock': leakyStock,
  '/fixed/stock': fixedStock,
  '/leaky/prices': leakyPrice,
  '/fixed/prices': fixedPrice,
};
