// The service on NestJS 12, with its decorators applied as a compiler writes them. GET /visits/:id leaks.
import 'reflect-metadata';
import { Controller, Get, Inject, Injectable, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

class VisitsService {
  visits = new Map();

  remember(id) {
    this.visits.set(id, { id, at: Date.now() });
  }
}
Injectable()(VisitsService);

class UsersController {
  constructor(service) {
    this.service = service;
  }

  index() {
    return { service: 'users' };
  }

  user(id) {
    return { id };
  }

  visit(id) {
    this.service.remember(id);
    return { id };
  }
}
const decorate = (name, path, ...parameters) => {
  const method = Object.getOwnPropertyDescriptor(UsersController.prototype, name);
  parameters.forEach((parameter, index) => parameter(UsersController.prototype, name, index));
  Get(path)(UsersController.prototype, name, method);
};
decorate('index', '/');
decorate('user', '/users/:id', Param('id'));
decorate('visit', '/visits/:id', Param('id'));
Inject(VisitsService)(UsersController, undefined, 0);
Controller()(UsersController);

class AppModule {}
Module({ controllers: [UsersController], providers: [VisitsService] })(AppModule);

const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(process.env.PORT, '127.0.0.1');
