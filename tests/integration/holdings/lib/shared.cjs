const shared = new Map(); // here

module.exports = { shared };
