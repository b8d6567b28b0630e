// node compare-v8-heap-parser.cjs FIRST SECOND THIRD: classes that grow, by their counts.
const {readFileSync} = require('node:fs');

const {decode_bytes, init_panic_hook} = require('@vscode/v8-heap-parser');

const CLASSES = 5;

init_panic_hook();
const [first, second, third] = process.argv.slice(2).map((file) => {
  const graph = decode_bytes(readFileSync(file));
  const classes = new Map();
  for (const group of graph.get_class_groups(0, 2 ** 31, false)) {
    classes.set(group.name(), {
      count: group.children_len,
      bytes: Number(group.self_size),
      retained: Number(group.retained_size),
    });
  }
  return classes;
});
const growth = (name, from, to) => to.get(name).bytes - (from.get(name)?.bytes ?? 0);
const grown = [...third.keys()]
  .filter((name) => second.has(name))
  .map((name) => ({name, bytes: Math.min(growth(name, first, second), growth(name, second, third))}))
  .filter(({bytes}) => bytes > 0)
  .sort((a, b) => b.bytes - a.bytes)
  .slice(0, CLASSES);
console.log(JSON.stringify(grown.map((row) => ({...row, ...third.get(row.name), bytes: row.bytes})), null, 1));
