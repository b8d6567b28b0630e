// Saves the same heap in every way that Node.js and DevTools know, into a directory.
'use strict'

const { createWriteStream, writeFileSync } = require('node:fs')
const { Session } = require('node:inspector')
const { pipeline } = require('node:stream/promises')
const { setTimeout } = require('node:timers/promises')
const v8 = require('node:v8')

class Order {
  constructor (id) { this.id = id; this.note = 'a "note" 日本' }
}
globalThis.orders = new Map([[1, new Order(1)], [2, new Order(2)]])

async function recordTimeline (session, options, path) {
  const chunks = []
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ params }) => chunks.push(params.chunk))
  session.post('HeapProfiler.startTrackingHeapObjects', { trackAllocations: true })
  globalThis.orders.set(3, new Order(3))
  await setTimeout(60) // A sample is taken every 50 ms.
  session.post('HeapProfiler.stopTrackingHeapObjects', options)
  session.removeAllListeners()
  writeFileSync(path, chunks.join(''))
}

async function main (directory) {
  process.chdir(directory)
  v8.writeHeapSnapshot('written.heapsnapshot')
  v8.writeHeapSnapshot('internals.heapsnapshot', { exposeInternals: true, exposeNumericValues: true })
  await pipeline(v8.getHeapSnapshot(), createWriteStream('streamed.heapsnapshot'))
  const session = new Session()
  session.connect()
  await recordTimeline(session, { captureNumericValue: true }, 'timeline.heaptimeline')
  // With --heapsnapshot-signal, Node saves one under a name of its own.
  process.kill(process.pid, 'SIGUSR2')
  await setTimeout(100)
}

main(process.argv[2])
