// node compare-devtools.mjs FIRST SECOND THIRD: what DevTools' comparison view has to say.
//
// Prints the classes that grew most in both windows, and for the newest object of each the
// retainers that are nearest to the root, as its lower pane shows them.
import {load} from './devtools.mjs';

const CLASSES = 5;

const [first, second, third] = await Promise.all(process.argv.slice(2).map(load));

function compare(earlier, later, uid) {
  later.aggregatesWithFilter({});
  return later.calculateSnapshotDiff(uid, earlier.aggregatesForDiff(later.interfaceDefinitions()));
}

function retainers(snapshot, nodeIndex) {
  const names = [];
  let node = snapshot.createNode(nodeIndex);
  while (!node.isRoot() && names.length < 50) {
    let nearest = null;
    for (let iterator = node.retainers(); iterator.hasNext(); iterator.next()) {
      const edge = iterator.retainer;
      if (edge.isWeak()) continue;
      if (nearest === null || edge.node().distance() < nearest.node.distance()) {
        nearest = {name: edge.name(), node: edge.node()};
      }
    }
    if (nearest === null || nearest.node.distance() >= node.distance()) break;
    names.push(`${nearest.name} in ${nearest.node.name()}`);
    node = snapshot.createNode(nearest.node.nodeIndex);
  }
  return names;
}

const earlier = compare(first, second, 1);
const later = compare(second, third, 2);
const grown = Object.entries(later)
  .map(([key, diff]) => [diff, Math.min(diff.sizeDelta, earlier[key]?.sizeDelta ?? 0)])
  .filter(([, bytes]) => bytes > 0)
  .sort(([, a], [, b]) => b - a)
  .slice(0, CLASSES);
console.log(JSON.stringify(grown.map(([diff, bytes]) => ({
  name: diff.name,
  count: diff.countDelta,
  bytes,
  retainers: retainers(third, diff.addedIndexes.at(-1)),
})), null, 1));
process.exit();
