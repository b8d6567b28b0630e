// Makes modules of the code by which Chrome DevTools reads heap snapshots and profiles.
import {readFile} from 'node:fs/promises';
import {build} from 'esbuild';

const FRONT_END = 'chrome-devtools-frontend/front_end';

// DevTools generates this module when it is built; its texts are not needed here.
const LOCALES = `
  export const LOCALES = ['en-US'];
  export const BUNDLED_LOCALES = ['en-US'];
  export const DEFAULT_LOCALE = 'en-US';
  export const REMOTE_FETCH_PATTERN = '';
  export const LOCAL_FETCH_PATTERN = '';
`;

const locales = {
  name: 'locales',
  setup({onResolve, onLoad}) {
    onResolve({filter: /^\.\/locales\.js$/}, () => ({path: 'locales', namespace: 'stub'}));
    onLoad({filter: /.*/, namespace: 'stub'}, () => ({contents: LOCALES}));
  },
};

// The file has the model of heap profiles beside the panel that shows it, which needs a browser.
const heapProfileModel = {
  name: 'heap profile model',
  setup({onLoad}) {
    onLoad({filter: /HeapProfileView\.ts$/}, async ({path}) => {
      const source = await readFile(path, 'utf8');
      const first = source.indexOf('export class SamplingHeapProfileNode');
      const behind = source.indexOf('export class NodeFormatter');
      if (first < 0 || behind < first) throw new Error(`${path} is laid out in another way`);
      const model = source.slice(first, behind);
      const imports = `import * as CPUProfile from '../../models/cpu_profile/cpu_profile.js';\n`;
      return {contents: imports + model, loader: 'ts'};
    });
  },
};

async function bundle(outfile, contents) {
  await build({
    stdin: {contents, resolveDir: '.'},
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile,
    logLevel: 'error',
    plugins: [locales, heapProfileModel],
  });
}

await bundle('devtools-bundle.mjs', `
  export * from '${FRONT_END}/entrypoints/heap_snapshot_worker/heap_snapshot_worker.ts';
`);
await bundle('devtools-profiles.mjs', `
  export {CPUProfileDataModel} from '${FRONT_END}/models/cpu_profile/CPUProfileDataModel.ts';
  export {SamplingHeapProfileModel} from '${FRONT_END}/panels/profiler/HeapProfileView.ts';
`);
