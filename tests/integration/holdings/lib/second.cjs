exports.options = { cache: true };
const cache = new Map(); // here

exports.load = (key) => {
  cache.set(key, { second: key });
};
