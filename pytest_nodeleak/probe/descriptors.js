// A function of the probe (`this`): the links that stand for open descriptors, and of the
// kernel's tables of sockets the lines that are about them; null off Linux.
function () {
  const { fs } = this.node;
  const directory = '/proc/self/fd';
  const links = [];
  let names;
  try {
    names = fs.readdirSync(directory);
  } catch {
    return null;
  }
  for (const name of names) {
    try {
      links.push([name, fs.readlinkSync(`${directory}/${name}`)]);
    } catch {
      // It was closed meanwhile, as the one that read the directory is.
    }
  }
  const inodes = new Set(links.map(([, link]) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  const isOurs = (line) => line.trim().split(/\s+/).some((word) => inodes.has(word));
  const nets = {};
  for (const table of ['tcp', 'tcp6', 'udp', 'udp6', 'unix']) {
    try {
      const text = fs.readFileSync(`/proc/self/net/${table}`, 'latin1');
      nets[table] = text.split('\n').filter(isOurs);
    } catch {
      nets[table] = [];
    }
  }
  return { links, nets };
}
