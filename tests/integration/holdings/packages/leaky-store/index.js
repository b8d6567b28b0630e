const store = { entries: [] }; // here

exports.keep = (key) => {
  store.entries.push({ kept: key });
};
