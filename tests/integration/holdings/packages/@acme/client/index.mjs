export class Client {
  history = [];

  ask(question) {
    this.history.push({ asked: question });
  }
}
