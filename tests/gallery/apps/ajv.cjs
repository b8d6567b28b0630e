// Survey service: POST /answers/:id checks answers against the survey's schema (Express 5, ajv 8).
// Leak: a fresh schema object is compiled per request, and the shared `ajv` caches by object, so it keeps them all.
// Clean twin: POST /fixed/answers/:id uses a function compiled once.
'use strict';

const Ajv = require('ajv');
const express = require('express');

const app = express();
const ajv = new Ajv();

function schemaOfSurvey() {
  return {
    type: 'object',
    required: ['age'],
    properties: { age: { type: 'integer', minimum: 0 }, comment: { type: 'string', maxLength: 500 } },
  };
}

const validate = ajv.compile(schemaOfSurvey());

function answer(res, isValid, errors) {
  res.status(isValid ? 200 : 422).json({ isValid, errors });
}

app.use(express.json());
app.get('/', (req, res) => res.json({ service: 'surveys' }));

app.post('/answers/:id', (req, res) => {
  const check = ajv.compile(schemaOfSurvey());
  answer(res, check(req.body), check.errors);
});

app.post('/fixed/answers/:id', (req, res) => answer(res, validate(req.body), validate.errors));

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
