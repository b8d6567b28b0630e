// Takes a heap snapshot as an inspector client does, with what the inspector itself holds.
'use strict';
const {closeSync, openSync, writeSync} = require('node:fs');
const inspector = require('node:inspector');

const session = new inspector.Session();

exports.attach = () => {
  session.connect();
  session.post('Runtime.enable');
};

exports.write = (file) => {
  const output = openSync(file, 'w');
  session.on('HeapProfiler.addHeapSnapshotChunk', ({params}) => writeSync(output, params.chunk));
  session.post('HeapProfiler.takeHeapSnapshot', {reportProgress: false}, (error) => {
    closeSync(output);
    process.exit(error ? 1 : 0);
  });
};
