// Evaluates to an object that counts the requests this process answers, over HTTP/1.1,
// HTTPS and, from Node.js 22 on, HTTP/2. It is held by the inspector session, and by its
// subscriptions until close().
(() => {
  const load = typeof require === 'function' ? require : process.getBuiltinModule;
  const { subscribe, unsubscribe } = load('node:diagnostics_channel');
  const channels = ['http.server.request.start', 'http2.server.stream.start'];
  let requests = 0;
  const count = () => { requests += 1; };
  for (const channel of channels) subscribe(channel, count);
  return {
    read: () => requests,
    close() { for (const channel of channels) unsubscribe(channel, count); },
  };
})()
