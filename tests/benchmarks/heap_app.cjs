// A service with a large, mixed heap and one leak, which saves three heap snapshots.
//
//   node --max-old-space-size=8000 heap_app.cjs MEGABYTES PREFIX
//
// writes PREFIX-1.heapsnapshot, PREFIX-2... and PREFIX-3... of about MEGABYTES each, with
// REQUESTS requests between two of them, and prints what is in them as JSON. Each request
// leaks one session into `sessions`; everything else is bounded or steady. Without a PREFIX
// it serves requests on PORT for ever instead.
'use strict'

const v8 = require('node:v8')
const { EventEmitter } = require('node:events')
const { createServer } = require('node:http')
const { setTimeout } = require('node:timers/promises')

const REQUESTS = 1000
const TENANTS = 50
// Measured on Node 24: what an empty heap and one more customer add to a snapshot's file.
const EMPTY_MEGABYTES = 6
const BYTES_PER_CUSTOMER = 5200

let seed = 20240229
function random (below) {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
  return seed % below
}

class Money {
  #cents
  constructor (cents) { this.#cents = cents }
  get cents () { return this.#cents }
}

class OrderLine {
  constructor (sku, price, next) {
    this.sku = sku
    this.price = price
    this.quantity = 1 + random(9)
    this.next = next
  }
}

class Order {
  constructor (id, customer) {
    this.id = id
    this.customer = customer
    this.total = random(100000) + 0.5
    this.placed = new Date(1.7e12 + id)
    this.lines = null
    for (let i = 0; i < 3; i++) {
      this.lines = new OrderLine(`sku-${random(2000)}`, new Money(random(9999)), this.lines)
    }
  }
}

const catalog = new Map()
const bySku = Object.create(null)
const tenants = []
const notes = new WeakMap()
const subscribers = new EventEmitter().setMaxListeners(0)
const recent = new Array(1000).fill(null)
const sessions = new Map()
let served = 0

function subscribe (tenant, customer) {
  const seen = { count: 0, last: `subscription of ${customer.name}` }
  return function onPriceChange (event) {
    seen.count += 1
    tenant.changes.push(event, customer.id)
  }
}

function addCustomer (id) {
  const tenant = tenants[id % TENANTS]
  const customer = {
    id,
    name: `customer ${id}`,
    email: `c${id}@example.org`,
    address: { street: `Street ${random(900)}`, city: `City ${random(300)}`, zip: String(10000 + random(5000)) },
    tags: [`t${random(50)}`, `t${random(50)}`],
    ratings: Float64Array.of(1, 2, 3),
    preferences: new Map([['theme', 'dark'], ['page', random(40)]]),
    groups: new Set([random(5), random(5)])
  }
  if (id % 3 === 0) customer.vat = `DE${100000 + id}`
  if (id % 7 === 0) customer.parent = tenant.customers[tenant.customers.length >> 1]
  customer.orders = Array.from({ length: 1 + id % 4 }, (_, i) => new Order(id * 4 + i, customer))
  customer.onPriceChange = subscribe(tenant, customer)
  customer.slug = ('/tenant/' + tenant.name + '/customers/').concat(customer.name).replace(' ', '-')
  customer.etag = customer.email.repeat(2).slice(3, 30)
  if (id % 5 === 0) customer.avatar = Buffer.alloc(64, id)
  if (id % 11 === 0) customer.reload = new Promise(() => {}).then(() => customer.id)
  if (id % 13 === 0) subscribers.on('price', customer.onPriceChange)
  notes.set(customer, { text: `note on ${id}`, at: id * 0.25 })
  catalog.set(`key-${id}`, customer)
  bySku[`sku-${id}`] = customer.orders[0]
  tenant.customers.push(customer)
}

function handle (requestId) {
  const session = {
    requestId,
    token: `token-${requestId}-${random(1e9)}`,
    user: { id: requestId, roles: ['reader', `tenant-${requestId % TENANTS}`] },
    close () { sessions.delete(requestId) }
  }
  sessions.set(requestId, session)
  // A ring buffer: as much goes as comes.
  recent[requestId % recent.length] = { path: `/orders/${requestId}`, ms: random(90) / 7 }
  return session.token
}

function serve (requests) {
  for (let i = 0; i < requests; i++) handle(served++)
}

const [megabytes, prefix] = [Number(process.argv[2]), process.argv[3]]
const customers = Math.max(0, Math.round((megabytes - EMPTY_MEGABYTES) * 1e6 / BYTES_PER_CUSTOMER))
for (let i = 0; i < TENANTS; i++) tenants.push({ name: `t${i}`, customers: [], changes: [] })
for (let i = 0; i < customers; i++) addCustomer(i)
serve(recent.length + REQUESTS)

const server = createServer((request, response) => response.end(String(handle(served++))))
server.listen(process.env.PORT ?? 0, '127.0.0.1', async () => {
  if (prefix === undefined) return
  const files = []
  const seconds = []
  for (const number of [1, 2, 3]) {
    // Nothing of the last requests is on the stack any more.
    await setTimeout(10)
    const started = performance.now()
    files.push(v8.writeHeapSnapshot(`${prefix}-${number}.heapsnapshot`))
    seconds.push((performance.now() - started) / 1000)
    serve(REQUESTS)
  }
  server.close()
  console.log(JSON.stringify({ node: process.version, files, seconds, customers }))
})
