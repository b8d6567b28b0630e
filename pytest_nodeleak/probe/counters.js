// Evaluates to an object whose methods read the app's counters. It is held by the
// inspector session alone, but for what close() takes back: the monitor and the observer
// while they run, and the listeners and the file of last_words.js.
(() => {
  // `require` comes from the inspector's command line API; ESM apps have the other one.
  const load = typeof require === 'function' ? require : process.getBuiltinModule;
  const v8 = load('node:v8');
  const { EventEmitter } = load('node:events');
  const { isMap, isProxy, isSet } = load('node:util/types');
  const { PerformanceObserver, constants, monitorEventLoopDelay } = load('node:perf_hooks');
  // Taken now, before a test double of the app's can stand in for it.
  const { setImmediate, setTimeout } = load('node:timers');
  const resolutionMs = 1;
  let idleReadings = 0;
  const monitor = monitorEventLoopDelay({ resolution: resolutionMs });
  // The histogram's readings include the interval of its own timer.
  const toMs = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - resolutionMs);

  const kinds = {
    [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
    [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
    [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
    [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weak callbacks',
  };
  let pauses = [];
  const note = (entries) => {
    for (const { detail, duration } of entries) {
      pauses.push([kinds[detail.kind] ?? 'minor', duration]);
    }
  };
  const collections = new PerformanceObserver((list) => note(list.getEntries()));

  return {
    // For the scripts that are applied to the probe or get it.
    node: {
      EventEmitter,
      fs: load('node:fs'),
      isMap,
      isProxy,
      isSet,
      timers: load('node:timers'),
    },
    sizes: new WeakMap(),

    turn: () => new Promise((resolve) => setImmediate(() => setImmediate(resolve))),

    read() {
      const memory = process.memoryUsage();
      const code = v8.getHeapCodeStatistics();
      const resources = {};
      for (const name of process.getActiveResourcesInfo()) {
        resources[name] = (resources[name] ?? 0) + 1;
      }
      return {
        heapUsed: memory.heapUsed,
        code: code.code_and_metadata_size + code.bytecode_and_metadata_size,
        external: memory.external,
        arrayBuffers: memory.arrayBuffers,
        rss: memory.rss,
        contexts: v8.getHeapStatistics().number_of_native_contexts - 1,
        resources,
      };
    },

    memory() {
      const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
      const spaces = {};
      for (const space of v8.getHeapSpaceStatistics()) {
        spaces[space.space_name] = [space.space_used_size, space.space_size];
      }
      const heapLimit = v8.getHeapStatistics().heap_size_limit;
      return { rss, heapTotal, heapUsed, heapLimit, external, arrayBuffers, spaces };
    },

    // What close() calls once; other scripts add what takes back what they have begun.
    undo: [],

    close() {
      for (const one of this.undo.splice(0)) one();
      monitor.disable();
      collections.disconnect();
    },

    // How the process was started.
    start() {
      return {
        flags: process.execArgv,
        nodeOptions: process.env.NODE_OPTIONS ?? '',
        directory: process.cwd(),
        heapSizeLimit: v8.getHeapStatistics().heap_size_limit,
      };
    },

    async watchLoad() {
      pauses = [];
      collections.observe({ entryTypes: ['gc'] });
      // Without the reset its first reading would be the time it was off.
      monitor.reset();
      monitor.enable();
      // Its first tick only sets its clock: a block before it would not be seen.
      while (monitor.count === 0) await new Promise((done) => setTimeout(done, resolutionMs));
      idleReadings = monitor.count;
    },

    // Returns what was seen since watchLoad(). The last block shows when the loop has come
    // round, and where all requests come in one turn that is the only one.
    async unwatchLoad() {
      await this.turn();
      monitor.disable();
      note(collections.takeRecords());
      collections.disconnect();
      return {
        count: monitor.count,
        idle: idleReadings,
        percentiles: [...monitor.percentiles].map(([percent, delay]) => [percent, toMs(delay)]),
        pauses,
      };
    },
  };
})()
