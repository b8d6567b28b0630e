// Evaluates to an object that counts the requests with our mark that reach this process.
// Whether it is told to stop or is cut off, nothing of it stays: a timer, which keeps
// nothing alive, takes the subscription back.
(() => {
  const load =
    typeof require === 'function' ? require : globalThis.process.getBuiltinModule;
  const { subscribe, unsubscribe } = load('node:diagnostics_channel');
  const { clearTimeout, setTimeout } = load('node:timers');
  const channel = 'http.server.request.start';
  const longestMs = 15_000;
  const seen = new Map();
  const note = ({ request }) => {
    const mark = request.headers['x-nodeleak-attach'];
    if (mark !== undefined) seen.set(mark, (seen.get(mark) ?? 0) + 1);
  };
  subscribe(channel, note);
  const stop = () => unsubscribe(channel, note);
  const timer = setTimeout(stop, longestMs);
  timer.unref();
  return {
    stop(mark) {
      clearTimeout(timer);
      stop();
      return seen.get(mark) ?? 0;
    },
  };
})()
