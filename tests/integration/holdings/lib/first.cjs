const cache = new Map();

exports.load = (key) => {
  cache.set(key, { first: key });
};
