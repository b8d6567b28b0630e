// node dump-profiles.mjs FILE...: what DevTools' code makes of CPU and heap profiles.
//
// For each file the total (milliseconds or bytes) and the functions with the most in and below them.
// What they have of their own is chance where native code does the work.
import {readFileSync} from 'node:fs';

import {CPUProfileDataModel, SamplingHeapProfileModel} from './devtools-profiles.mjs';

const FUNCTIONS = 20;

function functions(root) {
  const all = new Map();
  const nodes = [root];
  while (nodes.length) {
    const node = nodes.pop();
    all.set(node.functionName, (all.get(node.functionName) ?? 0) + node.total);
    nodes.push(...node.children);
  }
  return [...all].sort(([, a], [, b]) => b - a).slice(0, FUNCTIONS).map(([name]) => name);
}

console.log(JSON.stringify(process.argv.slice(2).map(file => {
  const profile = JSON.parse(readFileSync(file, 'utf8'));
  const model = file.endsWith('.heapprofile')
    ? new SamplingHeapProfileModel(profile)
    : new CPUProfileDataModel(profile);
  const {root, total, samples} = model;
  return {total, samples: samples?.length, functions: functions(root)};
})));
