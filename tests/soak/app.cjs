// What the two hours of checks load: one route for each way in which a check can end.
'use strict'

const { EventEmitter } = require('node:events')
const { createServer } = require('node:http')

const kept = new Map()
const recent = new Array(500).fill(null)
const changes = new EventEmitter().setMaxListeners(0)
const pieces = []
let requests = 0

function keep (id) { kept.set(id, { id, at: `/map/${id}`, tags: ['new', 'unread'] }) }
function listen (id) { changes.on('change', () => id) }
function wait (id) { setInterval(() => id, 60_000).unref() }
function cut () { pieces.push(Buffer.alloc(4096).subarray(0, 8)) }

const routes = {
  plain: (id, res) => res.end(String(id)),
  ring: (id, res) => { recent[id % recent.length] = { id }; res.end() },
  map: (id, res) => { keep(id); res.end() },
  listener: (id, res) => { listen(id); res.end() },
  timer: (id, res) => { wait(id); res.end() },
  buffer: (id, res) => { cut(); res.end() },
  refused: (id, res) => { res.statusCode = 500; res.end('no such shelf') },
  thrown: (id, res) => { if (++requests > 300) throw new Error('out of shelves'); res.end() },
  // Of this app itself, where it is attached to: needs --expose-gc.
  memory: (id, res) => { for (let i = 0; i < 4; i++) gc(); res.end(JSON.stringify(process.memoryUsage())) }
}

const server = createServer((req, res) => {
  const [, route, id] = req.url.split('/')
  const answer = routes[route] ?? routes.plain
  answer(Number(id), res)
})
server.listen(process.env.PORT, '127.0.0.1')
