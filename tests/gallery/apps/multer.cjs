// Picture service: POST /pictures takes an upload into memory (Express 5, multer 2).
// Leak: the array `uploads` keeps every file, to be written to disk "later".
// Clean twin: POST /fixed/pictures keeps only the newest digest.
'use strict';

const { createHash } = require('node:crypto');
const express = require('express');
const multer = require('multer');

const app = express();
const upload = multer({ storage: multer.memoryStorage() });
const uploads = [];
let newest = null;

app.get('/', (req, res) => res.json({ service: 'pictures', newest, waiting: uploads.length }));

app.post('/pictures', upload.single('picture'), (req, res) => {
  uploads.push({ name: req.file.originalname, content: req.file.buffer });
  res.status(201).json({ bytes: req.file.size });
});

app.post('/fixed/pictures', upload.single('picture'), (req, res) => {
  newest = createHash('sha256').update(req.file.buffer).digest('hex');
  res.status(201).json({ bytes: req.file.size, digest: newest });
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
