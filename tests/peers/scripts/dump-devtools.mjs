// node dump-devtools.mjs FILE DIRECTORY: what DevTools' code makes of a snapshot.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {load} from './devtools.mjs';

const [file, directory] = process.argv.slice(2);
const snapshot = await load(file);
const {nodeCount, nodeFieldCount, nodes, nodeSelfSizeOffset} = snapshot;

const selfSizes = new Float64Array(nodeCount);
for (let ordinal = 0; ordinal < nodeCount; ordinal++) {
  selfSizes[ordinal] = nodes.getValue(ordinal * nodeFieldCount + nodeSelfSizeOffset);
}

const classOfNode = new Int32Array(nodeCount).fill(-1);
const classes = Object.values(snapshot.aggregatesWithFilter({})).map((aggregate, number) => {
  for (const index of aggregate.idxs) classOfNode[index / nodeFieldCount] = number;
  const {name, count, self, maxRet} = aggregate;
  return {name, count, self_size: self, retained_size: maxRet};
});

const write = (name, array) => writeFileSync(join(directory, name), array);
write('self_sizes.f64', selfSizes);
write('retained_sizes.f64', snapshot.retainedSizes);
write('dominators.u32', snapshot.dominatorsTree);
write('class_of_node.i32', classOfNode);
write('summary.json', JSON.stringify({
  node_count: nodeCount,
  edge_count: snapshot.containmentEdges.length / snapshot.edgeFieldsCount,
  classes,
}));
process.exit();
