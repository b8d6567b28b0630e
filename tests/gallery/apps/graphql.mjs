// Library: POST /graphql parses, checks and executes a query (Express 5, graphql 16).
// Clean: the schema is built once, and documents die with their request.
import express from 'express';
import { buildSchema, graphql } from 'graphql';

const app = express();
const schema = buildSchema(`
  type Author { name: String! }
  type Book { id: ID!, title: String!, author: Author! }
  type Query { book(id: ID!): Book }
`);
const rootValue = {
  book: async ({ id }) => ({ id, title: `Book ${id}`, author: { name: `Author of ${id}` } }),
};

app.use(express.json());
app.get('/', (req, res) => res.json({ service: 'library' }));

app.post('/graphql', async (req, res) => {
  const { query, variables } = req.body;
  res.json(await graphql({ schema, rootValue, source: query, variableValues: variables }));
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
