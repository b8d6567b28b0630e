// A function of the probe (`this`): what the system says of the process, for an app that
// runs where nobody else can look. What cannot be read is null.
function () {
  const { fs } = this.node;
  const read = (file) => {
    try {
      return fs.readFileSync(`/proc/self/${file}`, 'latin1');
    } catch {
      return '';
    }
  };
  const countOpen = () => {
    try {
      // Without the one that reads the directory.
      return fs.readdirSync('/proc/self/fd').length - 1;
    } catch {
      return null;
    }
  };
  const numberOf = (text, pattern) => {
    const found = pattern.exec(text);
    return found === null ? null : Number(found[1]);
  };
  const status = read('status');
  const filePages = numberOf(status, /^RssFile:\s+(\d+) kB/m);
  const sharedPages = numberOf(status, /^RssShmem:\s+(\d+) kB/m);
  const total = process.constrainedMemory?.() ?? 0;
  // Without a limit it is 0, or more than any machine has.
  const isLimited = total > 0 && total < 2 ** 50;
  return {
    fds: countOpen(),
    threads: numberOf(status, /^Threads:\s+(\d+)/m),
    fdLimit: numberOf(read('limits'), /^Max open files\s+(\d+)/m),
    rss: process.memoryUsage().rss,
    shared: filePages === null ? null : (filePages + (sharedPages ?? 0)) * 1024,
    memoryLimit: isLimited ? total : null,
    memoryLeft: process.availableMemory?.() ?? null,
  };
}
