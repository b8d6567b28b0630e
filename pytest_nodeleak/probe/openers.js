// Evaluates to an object that notes who opens descriptors: its `functions` are what Node
// opens them with, and where one is called a breakpoint has its condition evaluated, which
// calls us and is false. So the app's own references to these functions, taken long ago,
// are seen as well, nothing is replaced, and without the breakpoints nothing is left but a
// property that stop() deletes.
(() => {
  const load =
    typeof require === 'function' ? require : globalThis.process.getBuiltinModule;
  const [fs, net, dgram, path, url] = ['fs', 'net', 'dgram', 'path', 'url'].map((name) =>
    load(`node:${name}`),
  );
  const { ChildProcess } = load('node:child_process');
  // Inside Node's modules only names that nobody shadows mean what they say.
  const name = '__nodeleakOpened';
  const mostSites = 100;
  const mostOfSite = 300;
  const mostFrames = 40;
  const files = [
    ['fs.open()', fs.open],
    ['fs.openSync()', fs.openSync],
    ['fs.promises.open()', fs.promises.open],
    ['fs.createReadStream()', fs.ReadStream],
    ['fs.createWriteStream()', fs.WriteStream],
    ['fs.opendir()', fs.opendir],
    ['fs.opendirSync()', fs.opendirSync],
  ];
  const owners = [
    ['connect()', net.Socket.prototype.connect],
    ['listen()', net.Server.prototype.listen],
    ['bind()', dgram.Socket.prototype.bind],
    ['spawn()', ChildProcess.prototype.spawn],
  ];
  const calls = [
    ...files.map(([call, target]) => [call, target, 'null, path']),
    ...owners.map(([call, target]) => [call, target, 'this']),
    ['fs.watch()', fs.watch, 'null'],
  ].filter(([, target]) => typeof target === 'function');

  const stackHere = () => {
    const { prepareStackTrace, stackTraceLimit } = Error;
    try {
      Error.stackTraceLimit = mostFrames;
      Error.prepareStackTrace = (_error, frames) => frames;
      return new Error('opened').stack;
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
      Error.prepareStackTrace = prepareStackTrace;
    }
  };
  const frameOf = (frame) => ({
    function: frame.getFunctionName() ?? '',
    url: frame.getScriptNameOrSourceURL() ?? '',
    line: frame.getLineNumber() ?? 1,
    column: frame.getColumnNumber() ?? 1,
  });
  const isApps = ({ url: script }) => script !== '' && !script.startsWith('node:');
  const absolute = (file) => {
    try {
      return path.resolve(file instanceof URL ? url.fileURLToPath(file) : String(file));
    } catch {
      return '';
    }
  };
  const countWatchers = () =>
    process.getActiveResourcesInfo().filter((one) => /^FSEventWrap$/i.test(one)).length;
  // Whatever has a handle still has a descriptor; a UDP socket shows its own by an address.
  const isOpen = (owner) => {
    if (owner === undefined) return false;
    if (!(owner instanceof dgram.Socket)) return Boolean(owner._handle);
    try {
      return Boolean(dgram.Socket.prototype.address.call(owner));
    } catch {
      return false;
    }
  };

  const sites = new Map();
  const watchers = countWatchers();
  const note = (call, owner, file) => {
    const frames = Array.from(stackHere(), frameOf).filter(isApps);
    // What a callback of Node's opens, such as the file of a stream, was asked for before.
    if (frames.length === 0) return;
    const key = JSON.stringify([call, ...frames]);
    if (!sites.has(key)) {
      if (sites.size >= mostSites) return;
      sites.set(key, { call, frames, calls: 0, paths: [], owners: [] });
    }
    const site = sites.get(key);
    site.calls += 1;
    if (site.paths.length + site.owners.length >= mostOfSite) return;
    if (owner) site.owners.push(new WeakRef(owner));
    else if (file !== undefined) site.paths.push(absolute(file));
  };
  Object.defineProperty(globalThis, name, { configurable: true, value: note });

  return {
    functions: calls.map(([, target]) => target),
    conditions: calls.map(
      ([call, , given]) => `(globalThis.${name}?.(${JSON.stringify(call)}, ${given}), false)`,
    ),
    stop() {
      delete globalThis[name];
      const watching = Math.max(0, countWatchers() - watchers);
      const seen = [...sites.values()].map(({ owners: own, ...site }) => ({
        ...site,
        open:
          site.call === 'fs.watch()'
            ? Math.min(site.calls, watching)
            : own.filter((one) => isOpen(one.deref())).length,
      }));
      sites.clear();
      return seen;
    },
  };
})()
