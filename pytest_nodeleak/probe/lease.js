// A function of the probe (`this`) and of a time in milliseconds: after it the probe takes
// itself out, in case that who has put it in cannot, because a forwarded port is gone.
function (longestMs) {
  const { clearTimeout, setTimeout } = this.node.timers;
  const timer = setTimeout(() => this.close(), longestMs);
  // It must not keep an app alive that is done.
  timer.unref();
  this.undo.push(() => clearTimeout(timer));
}
