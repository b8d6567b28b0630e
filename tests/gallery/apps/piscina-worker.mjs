// What piscina.mjs runs in a thread.
import { createHash } from 'node:crypto';

export default function thumbnail({ id }) {
  return createHash('sha256').update(`thumbnail ${id}`).digest('hex');
}
