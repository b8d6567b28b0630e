// Makes one module of the code that Chrome DevTools runs in its heap snapshot worker.
import {build} from 'esbuild';

// DevTools generates this module when it is built; its texts are not needed here.
const LOCALES = `
  export const LOCALES = ['en-US'];
  export const BUNDLED_LOCALES = ['en-US'];
  export const DEFAULT_LOCALE = 'en-US';
  export const REMOTE_FETCH_PATTERN = '';
  export const LOCAL_FETCH_PATTERN = '';
`;

await build({
  stdin: {
    contents: `export * from
      'chrome-devtools-frontend/front_end/entrypoints/heap_snapshot_worker/heap_snapshot_worker.ts';`,
    resolveDir: '.',
  },
  bundle: true,
  format: 'esm',
  platform: 'node',
  outfile: 'devtools-bundle.mjs',
  logLevel: 'error',
  plugins: [{
    name: 'locales',
    setup({onResolve, onLoad}) {
      onResolve({filter: /^\.\/locales\.js$/}, () => ({path: 'locales', namespace: 'stub'}));
      onLoad({filter: /.*/, namespace: 'stub'}, () => ({contents: LOCALES}));
    },
  }],
});
