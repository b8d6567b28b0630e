// Invoice pages: GET /invoices/:id renders a view (Express 5, ejs 3).
// Clean: the view is compiled once and cached under its file name.
'use strict';

const path = require('node:path');
const express = require('express');

const app = express();

app.set('views', path.join(__dirname, 'views'));
app.set('view engine', 'ejs');
app.enable('view cache');

app.get('/', (req, res) => res.json({ service: 'invoices' }));

app.get('/invoices/:id', (req, res) => {
  const lines = [{ name: 'Mug', quantity: 2 }, { name: `Card ${req.params.id}`, quantity: 1 }];
  res.render('invoice', { id: req.params.id, lines });
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
