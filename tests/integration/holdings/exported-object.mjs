// held by: default export.entries
// class: Array
// kind: collection
// entry: {visit}
import './lib/visits.mjs';
// in: lib/visits.mjs
