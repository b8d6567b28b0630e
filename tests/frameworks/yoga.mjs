// The service on GraphQL Yoga 5. The query "visit" leaks.
import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';

const visits = new Map();

function remember(id) {
  visits.set(id, { id, at: Date.now() });
}

const schema = createSchema({
  typeDefs: `
    type User { id: ID! }
    type Query { user(id: ID!): User  visit(id: ID!): User }
  `,
  resolvers: {
    Query: {
      user: (_, { id }) => ({ id }),
      visit: (_, { id }) => {
        remember(id);
        return { id };
      },
    },
  },
});
createServer(createYoga({ schema, logging: false })).listen(process.env.PORT, '127.0.0.1');
