/** Routes that look like leaks and are not: their memory grows for a while, then stays or comes back. */
import { LruCache, TtlCache } from './caches.mjs';
import { loadBook } from './catalog.mjs';

// Grows for 5,000 requests, as straight as a leak; then each new book pushes an old one out.
const bestsellers = new LruCache(5_000);

function lru(id) {
  const book = bestsellers.get(id) ?? loadBook(id);
  bestsellers.set(id, book);
  return book;
}

// Grows while requests come; empty again 2 s after the last one.
const searches = new TtlCache(1_500);
setInterval(() => searches.sweep(), 250).unref(); // one timer for the cache, not one per entry

function ttl(id) {
  const hits = searches.get(id) ?? [id, id + 1, id + 2];
  searches.set(id, hits);
  return { id, hits };
}

// Allocated in full at the start; after 1,000 requests each new visit takes the place of the oldest.
const visits = new Array(1_000).fill(null);
let visitCount = 0;

function ring(id) {
  visits[visitCount % visits.length] = { id, at: Date.now() };
  visitCount += 1;
  return { id, remembered: Math.min(visitCount, visits.length) };
}

// One entry and one timer per request, and both are gone 2 s later.
const reservations = new Map();

function delayed(id) {
  reservations.set(id, { id, since: Date.now() });
  setTimeout(() => reservations.delete(id), 2_000);
  return { id, reserved: true };
}

function plain(id) {
  return loadBook(id);
}

export const routes = {
  '/benign/lru': lru,
  '/benign/ttl': ttl,
  '/benign/ring': ring,
  '/benign/delayed': delayed,
  '/benign/plain': plain,
};
