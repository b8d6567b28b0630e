// Hands work to worker threads, of which some keep too much and others do not.
const http = require('node:http');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

if (isMainThread) serve();
else work(workerData);

function work({ most, waits }) {
  const seen = [];
  function keep(job) {
    seen.push({ url: job.url });
    if (seen.length > most) seen.shift();
  }
  parentPort.on('message', (job) => {
    keep(job);
    parentPort.postMessage(job.id);
    // As piscina's workers: whoever has nothing to do blocks until there is more.
    if (waits) Atomics.wait(waits, 0, job.id);
  });
}

function serve() {
  const waiting = new Map();
  let jobs = 0;

  function start({ most = Infinity, waits } = {}) {
    const worker = new Worker(__filename, { workerData: { most, waits } });
    worker.on('message', (id) => {
      waiting.get(id)();
      waiting.delete(id);
    });
    return worker;
  }

  function post(worker, url) {
    jobs += 1;
    return new Promise((resolve) => {
      waiting.set(jobs, resolve);
      worker.postMessage({ id: jobs, url });
    });
  }

  const hoarders = [start(), start()];
  const tidy = start({ most: 50 });
  const blocked = { waits: new Int32Array(new SharedArrayBuffer(4)) };
  const blocking = start(blocked);

  const routes = {
    hoard: (url) => post(hoarders[jobs % 2], url),
    // A worker that stays, and now and then one that is ended.
    async tidy(url) {
      await post(tidy, url);
      if (jobs % 50) return;
      const worker = start();
      await post(worker, url);
      await worker.terminate();
    },
    async block(url) {
      const answer = post(blocking, url);
      Atomics.store(blocked.waits, 0, jobs);
      Atomics.notify(blocked.waits, 0);
      await answer;
    },
  };
  http
    .createServer(async (req, res) => {
      await routes[req.url.split('/')[1]]?.(req.url);
      res.end('ok');
    })
    .listen(process.env.PORT, '127.0.0.1');
}
