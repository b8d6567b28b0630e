exports.discount = 5;
