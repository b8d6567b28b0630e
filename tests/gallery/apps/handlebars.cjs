// Letter service: GET /letters/:id renders a letter with a customer's own greeting (Express 5, handlebars 4).
// Leak: each customer's greeting is registered as one more partial, and partials stay.
// Clean twin: GET /fixed/letters/:id passes the greeting as data to one compiled template.
'use strict';

const express = require('express');
const Handlebars = require('handlebars');

const app = express();
const withPartial = Handlebars.compile('<p>{{> (lookup . "greeting")}}</p><p>{{text}}</p>');
const withData = Handlebars.compile('<p>{{greeting}}, {{name}}!</p><p>{{text}}</p>');
const text = 'Your order is on its way.';

app.get('/', (req, res) => res.json({ service: 'letters' }));

app.get('/letters/:id', (req, res) => {
  const greeting = `greeting-${req.params.id}`;
  Handlebars.registerPartial(greeting, `Dear customer ${req.params.id}, {{name}}!`);
  res.type('html').send(withPartial({ greeting, name: 'Ada', text }));
});

app.get('/fixed/letters/:id', (req, res) => {
  res.type('html').send(withData({ greeting: `Dear customer ${req.params.id}`, name: 'Ada', text }));
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
