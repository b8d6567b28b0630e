// Discount service: GET /discounts/:id reads its rules anew each time, so that they can be edited (Express 5).
// Leak: a module that is deleted from require.cache and required again stays in `module.children`.
// Clean twin: GET /fixed/discounts/:id uses import-fresh 3, which takes it out there as well.
'use strict';

const express = require('express');
const importFresh = require('import-fresh');

const app = express();

function loadRules() {
  delete require.cache[require.resolve('./discount-rules.cjs')];
  return require('./discount-rules.cjs');
}

app.get('/', (req, res) => res.json({ service: 'discounts' }));

app.get('/discounts/:id', (req, res) => {
  res.json({ percent: loadRules().percentFor(req.params.id) });
});

app.get('/fixed/discounts/:id', (req, res) => {
  res.json({ percent: importFresh('./discount-rules.cjs').percentFor(req.params.id) });
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
