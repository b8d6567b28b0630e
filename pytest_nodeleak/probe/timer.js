// A function of a live Timeout (`this`): when it fires, and whether it does so again.
function () {
  if (typeof this._idleTimeout !== 'number' || this._idleTimeout < 0) return null;
  return { delayMs: this._idleTimeout, repeats: this._repeat !== null };
}
