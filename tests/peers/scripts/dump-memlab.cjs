// node dump-memlab.cjs FILE DIRECTORY: what @memlab/core makes of a snapshot.
const {writeFileSync} = require('node:fs');
const {join} = require('node:path');

const {config, TraceFinder, utils} = require('@memlab/core');

const [file, directory] = process.argv.slice(2);

async function main() {
  config.muteConsole = true;
  const snapshot = await utils.getSnapshotFromFile(file, {buildNodeIdIndex: true});
  new TraceFinder().calculateAllNodesRetainedSizes(snapshot);

  const nodeCount = snapshot.nodes.length;
  const selfSizes = new Float64Array(nodeCount);
  const retainedSizes = new Float64Array(nodeCount);
  const dominators = new Uint32Array(nodeCount);
  const classOfNode = new Int32Array(nodeCount);
  const idsOfClass = new Map();
  snapshot.nodes.forEach((node, ordinal) => {
    selfSizes[ordinal] = node.self_size;
    retainedSizes[ordinal] = node.retainedSize;
    dominators[ordinal] = node.dominatorNode.nodeIndex;
    // Names of strings and code are their contents.
    const name = node.type === 'object' || node.type === 'native' ? node.name : `(${node.type})`;
    if (!idsOfClass.has(name)) idsOfClass.set(name, {number: idsOfClass.size, ids: new Set(), self: 0});
    const its = idsOfClass.get(name);
    its.ids.add(node.id);
    its.self += node.self_size;
    classOfNode[ordinal] = its.number;
  });
  const classes = [...idsOfClass].map(([name, {ids, self}]) => ({
    name,
    count: ids.size,
    self_size: self,
    retained_size: utils.aggregateDominatorMetrics(ids, snapshot, () => true, (node) => node.retainedSize),
  }));

  const write = (name, array) => writeFileSync(join(directory, name), array);
  write('self_sizes.f64', selfSizes);
  write('retained_sizes.f64', retainedSizes);
  write('dominators.u32', dominators);
  write('class_of_node.i32', classOfNode);
  write('summary.json', JSON.stringify({
    node_count: nodeCount,
    edge_count: snapshot.edges.length,
    classes,
  }));
  process.exit();
}

main();
