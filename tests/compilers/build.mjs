// Builds src/ of the app in the current directory as users of each tool do.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { transformSync } from '@swc/core';

const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');
const typescript = (outDir, ...flags) =>
  execFileSync(process.execPath, [
    tsc, 'src/users.ts', '--outDir', outDir, '--rootDir', 'src', '--target', 'es2022',
    '--module', 'commonjs', '--ignoreConfig', '--types', '', '--noCheck', ...flags,
  ]);

typescript('dist/tsc', '--sourceMap', '--sourceRoot', '../../src');
typescript('dist/inline', '--inlineSourceMap', '--inlineSources');
buildSync({
  entryPoints: ['src/index.ts'],
  outfile: 'dist/min/main.3f2a9c1e.js',
  bundle: true,
  platform: 'node',
  minify: true,
  sourcemap: true,
  logLevel: 'error',
});
const { code, map } = transformSync(readFileSync('src/users.ts', 'utf8'), {
  filename: 'src/users.ts',
  sourceFileName: '../../src/users.ts',
  sourceMaps: true,
  minify: true,
  jsc: { parser: { syntax: 'typescript' }, target: 'es2022', minify: { mangle: { toplevel: true }, compress: true } },
  module: { type: 'commonjs' },
});
mkdirSync('dist/swc%20out', { recursive: true });
writeFileSync('dist/swc%20out/users.js', `${code}\n//# sourceMappingURL=users%20of%20swc.js.map\n`);
writeFileSync('dist/swc%20out/users of swc.js.map', map);
