// Article service: GET /articles/:id answers with 8 KB of text, compressed on the way out (Express 5, compression 1).
// Clean: each answer has its own zlib stream, whose memory outside the heap is given back.
'use strict';

const compression = require('compression');
const express = require('express');

const app = express();
const paragraph = 'It was a bright cold day in April, and the clocks were striking thirteen. '.repeat(110);

app.use(compression());
app.get('/', (req, res) => res.json({ service: 'articles' }));
app.get('/articles/:id', (req, res) => res.json({ id: req.params.id, text: paragraph }));

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
