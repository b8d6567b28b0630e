// Reads a snapshot as Chrome DevTools does: a loader fed chunk by chunk, and a second
// thread for the retainers and the dominator tree.
import {createReadStream} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {isMainThread, MessageChannel, Worker, workerData} from 'node:worker_threads';

import {HeapSnapshot, HeapSnapshotLoader} from './devtools-bundle.mjs';

if (!isMainThread) {
  new HeapSnapshot.SecondaryInitManager(workerData.port);
}

export async function load(file) {
  // It reports unreachable nodes, and tells of every step.
  console.warn = () => {};
  const loader = new HeapSnapshotLoader.HeapSnapshotLoader({sendEvent() {}});
  for await (const chunk of createReadStream(file, {encoding: 'utf8', highWaterMark: 1 << 20})) {
    loader.write(chunk);
  }
  loader.close();
  const {port1, port2} = new MessageChannel();
  const second = new Worker(fileURLToPath(import.meta.url), {
    workerData: {port: port2},
    transferList: [port2],
  });
  const snapshot = await loader.buildSnapshot(port1);
  port1.close();
  await second.terminate();
  return snapshot;
}
