import path from 'node:path';

// The packages are installed one folder up, beside the other services.
export default { turbopack: { root: path.resolve(import.meta.dirname, '..') } };
