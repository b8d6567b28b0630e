// A function of the probe (`this`): how many nanoseconds the main thread has waited for a
// CPU so far; null where its system does not say.
function () {
  try {
    // Time on a CPU, time waiting for one, turns.
    return Number(this.node.fs.readFileSync('/proc/self/schedstat', 'latin1').split(' ')[1]);
  } catch {
    return null;
  }
}
