// A function of the probe (`this`) and of the path of a file: from now on, what ends the
// app is written to that file, one JSON object a line, until `probe.close()`.
// Neither event changes what Node does about an error: a monitor handles nothing. The
// file is opened now, for later there may be no descriptor left.
function (path) {
  const { closeSync, openSync, writeSync } = this.node.fs;
  // The app's clock may be set, or be a test's: how long before the end an error was
  // thrown tells whether it is the reason.
  const { bigint } = process.hrtime;
  const now = () => Number(bigint() / 1_000_000n);
  const longest = 8_000;
  const mostErrors = 20;
  const events = ['exit', 'uncaughtExceptionMonitor'];
  const used = events.map((event) => process.listenerCount(event));
  const most = process.getMaxListeners();
  // One more would make Node warn of a leak that is ours.
  if (most > 0 && used.some((count) => count >= most)) return;
  let file;
  try {
    file = openSync(path, 'a');
  } catch {
    return; // not allowed to write there: then the app's output has to do
  }
  const text = (value) => {
    try {
      return String(value).slice(0, longest);
    } catch {
      return '';
    }
  };
  const write = (words) => {
    try {
      writeSync(file, `${JSON.stringify({ at: now(), ...words })}\n`);
    } catch {
      // A full disk must not change how the app ends.
    }
  };
  // Promise.any() rejects with an error that has no place of its own.
  const stackOf = ({ stack, errors: [first] = [] }) =>
    first?.stack && !/^\s+at /m.test(stack)
      ? `${stack}; the first: ${first.stack}`
      : stack;
  const described = (error) => {
    try {
      const isError = error !== null && typeof error === 'object' && 'stack' in error;
      const code = isError && typeof error.code === 'string' ? error.code : '';
      return { error: text(isError ? stackOf(error) : error), isError, code };
    } catch {
      // What throws when it is read must not end the app by our hand.
      return { error: text(error), isError: false, code: '' };
    }
  };
  let errors = 0;
  const onError = (error, origin) => {
    errors += 1;
    if (errors > mostErrors) return;
    write({ ...described(error), origin });
  };
  const onExit = (code) => {
    // The stack of this event leads to whoever called process.exit().
    write({ exit: Number(code), stack: text(new Error('exit').stack) });
  };
  process.prependListener('uncaughtExceptionMonitor', onError);
  process.on('exit', onExit);
  this.undo.push(() => {
    process.off('uncaughtExceptionMonitor', onError);
    process.off('exit', onExit);
    closeSync(file);
  });
}
