/** Two caches with a bound: one by size, one by time. */

/** Keeps the `max` entries that were used last. A Map remembers insertion order, so its first key is the oldest. */
export class LruCache {
  #entries = new Map();

  constructor(max) {
    this.max = max;
  }

  get(key) {
    const value = this.#entries.get(key);
    if (value !== undefined) this.#touch(key, value);
    return value;
  }

  set(key, value) {
    this.#touch(key, value);
    if (this.#entries.size > this.max) this.#entries.delete(this.#entries.keys().next().value);
  }

  #touch(key, value) {
    this.#entries.delete(key);
    this.#entries.set(key, value);
  }
}

/** Keeps each entry for `ttlMs` milliseconds. The owner calls `sweep()` now and then. */
export class TtlCache {
  #entries = new Map();

  constructor(ttlMs) {
    this.ttlMs = ttlMs;
  }

  get(key) {
    const entry = this.#entries.get(key);
    return entry && entry.expires > Date.now() ? entry.value : undefined;
  }

  set(key, value) {
    this.#entries.delete(key); // so that the entry moves to the end: oldest first
    this.#entries.set(key, { value, expires: Date.now() + this.ttlMs });
  }

  sweep() {
    const now = Date.now();
    for (const [key, { expires }] of this.#entries) {
      if (expires > now) break; // all later ones are younger
      this.#entries.delete(key);
    }
  }
}
