// A function of the planted rate, size and name: makes the app keep something for every
// request that node:http serves, until the function it leaves behind is called. A number
// takes one slot of a list and no object; what is larger is an array of that size.
function (objectsPerRequest, sizeBytes, key) {
  const slotBytes = 8;
  const arrayBytes = 32 + 16 + slotBytes; // itself, its store's head, its slot in the list
  const load =
    typeof require === 'function' ? require : globalThis.process.getBuiltinModule;
  const { subscribe, unsubscribe } = load('node:diagnostics_channel');
  const channel = 'http.server.request.start';
  const planted = [];
  let requests = 0;
  let due = 0;
  const slots = Math.max(0, Math.round((sizeBytes - arrayBytes) / slotBytes));
  const make = () => (sizeBytes <= slotBytes ? requests + 0.5 : new Array(slots).fill(0));
  const onRequest = () => {
    requests += 1;
    for (due += objectsPerRequest; due >= 1; due -= 1) planted.push(make());
  };
  subscribe(channel, onRequest);
  globalThis[Symbol.for(key)] = () => {
    unsubscribe(channel, onRequest);
    planted.length = 0;
    delete globalThis[Symbol.for(key)];
  };
}
