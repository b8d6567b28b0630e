// held by: users.byId
// class: Map
// kind: collection
// entry: User
const http = require('node:http');

class User {
  constructor(id) {
    this.id = id;
  }
}

class UserStore {
  constructor() {
    this.byId = new Map();
  }

  load(id) {
    this.byId.set(id, new User(id));
  }
}

const users = new UserStore(); // here

http.createServer((req, res) => {
  users.load(req.url);
  res.end();
}).listen();
