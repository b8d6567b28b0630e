// Price service: GET /prices/:sku, prices are looked up once (Express 5, lodash 4).
// Leak: _.memoize keeps a result per sku for ever.
'use strict';

const express = require('express');
const _ = require('lodash');

const app = express();
const priceOf = _.memoize((sku) => ({ sku, cents: 995, currency: 'EUR' }));

app.get('/', (req, res) => res.json({ service: 'prices' }));
app.get('/prices/:sku', (req, res) => res.json(priceOf(req.params.sku)));

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
