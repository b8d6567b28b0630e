/** Books and their covers: a cache without a bound, and a small view on a big Buffer. */
import { LruCache } from './caches.mjs';

const AUTHORS = ['Ursula K. Le Guin', 'Stanislaw Lem', 'Octavia E. Butler', 'Terry Pratchett'];

/** Stands for a database query. */
export function loadBook(id) {
  return {
    id,
    title: `The Collected Works, Volume ${id}`,
    author: AUTHORS[Math.abs(id) % AUTHORS.length],
    formats: ['hardcover', 'paperback', 'ebook'],
    pages: 200 + (Math.abs(id) % 400),
  };
}

// --- books ---

const bookCache = new Map();

function leakyBook(id) {
  if (!bookCache.has(id)) {
    // LEAK: every book ever asked for stays here, because nothing takes one out.
    bookCache.set(id, loadBook(id));
  }
  return bookCache.get(id);
}

const recentBooks = new LruCache(500);

function fixedBook(id) {
  let book = recentBooks.get(id);
  if (!book) {
    book = loadBook(id);
    recentBooks.set(id, book); // FIX: the cache has a maximum; the least recently used book leaves.
  }
  return book;
}

// --- covers ---

const COVER_BYTES = 64 * 1024;
const THUMBNAIL_BYTES = 16;
const MAX_THUMBNAILS = 200;

/** Stands for reading an image file. */
function readCover(id) {
  return Buffer.alloc(COVER_BYTES, `cover ${id} `);
}

function describeCover(id, image) {
  return { id, bytes: image.length, preview: image.toString('base64', 0, THUMBNAIL_BYTES) };
}

const thumbnails = [];

function leakyCover(id) {
  const image = readCover(id);
  // LEAK: subarray() copies nothing. The 16-byte view keeps all 64 KB, and the array only grows.
  thumbnails.push(image.subarray(0, THUMBNAIL_BYTES));
  return describeCover(id, image);
}

const recentThumbnails = [];

function fixedCover(id) {
  const image = readCover(id);
  // FIX: a copy of 16 bytes lets go of the image, and only the newest 200 are kept.
  recentThumbnails.push(new Uint8Array(image.subarray(0, THUMBNAIL_BYTES)));
  if (recentThumbnails.length > MAX_THUMBNAILS) recentThumbnails.shift();
  return describeCover(id, image);
}

export const routes = {
  '/leaky/books': leakyBook,
  '/fixed/books': fixedBook,
  '/leaky/covers': leakyCover,
  '/fixed/covers': fixedCover,
};
