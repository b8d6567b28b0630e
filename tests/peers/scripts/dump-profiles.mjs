// node dump-profiles.mjs FILE...: what DevTools' code makes of CPU and heap profiles.
//
// For each file the total (milliseconds or bytes) and the functions with the most of their own.
import {readFileSync} from 'node:fs';

import {CPUProfileDataModel, SamplingHeapProfileModel} from './devtools-profiles.mjs';

const FUNCTIONS = 20;

function functions(root) {
  const own = new Map();
  const nodes = [root];
  while (nodes.length) {
    const node = nodes.pop();
    own.set(node.functionName, (own.get(node.functionName) ?? 0) + node.self);
    nodes.push(...node.children);
  }
  return [...own].sort(([, a], [, b]) => b - a).slice(0, FUNCTIONS).map(([name]) => name);
}

console.log(JSON.stringify(process.argv.slice(2).map(file => {
  const profile = JSON.parse(readFileSync(file, 'utf8'));
  const model = file.endsWith('.heapprofile')
    ? new SamplingHeapProfileModel(profile)
    : new CPUProfileDataModel(profile);
  const {root, total, samples} = model;
  return {total, samples: samples?.length, functions: functions(root)};
})));
