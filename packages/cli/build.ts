import { build } from 'esbuild';
import { shippedTemplatePath } from '@efface/cohort';
import { bundleAsset, SITE_ASSETS } from '@efface/report';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = join(import.meta.dirname, 'dist');
// Chunks are named by what is in them: those of an older build would stay.
if (existsSync(dist)) for (const name of readdirSync(dist)) if (name.endsWith('.mjs')) rmSync(join(dist, name));

/**
 * Bundles the command line into dist/efface.mjs, which can be run and has the shaders inside, and the threads of its CPU
 * backend into efface-cpu-worker.mjs. Both load the chunks beside them that they need: a command does not wait for the code
 * of the others, and a thread reads the kernels only. Native modules stay outside, since a shared library cannot be part of
 * a script, and so does gpu.js, which is loaded when it is asked for; they are found in the installation's node_modules.
 */
await build({
  entryPoints: {
    efface: join(import.meta.dirname, 'src', 'main.ts'),
    'efface-cpu-worker': fileURLToPath(import.meta.resolve('@efface/kernels/cpu-worker')),
  },
  outdir: dist,
  // All in one folder: models, template and pages are looked for beside the chunk that asks for them.
  splitting: true,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  external: ['webgpu', 'gpu.js', 'onnxruntime-node', 'dcmjs-codecs', '@duckdb/node-api', 'esbuild'],
  legalComments: 'linked',
  logLevel: 'warning',
  // Some dependencies are CommonJS and call require.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});

// Beside the bundle: what it reads at run time.
cpSync(shippedTemplatePath(), join(dist, 'template'), { recursive: true });

// What pages load; from source they are made when they are asked for.
const site = join(dist, 'site');
mkdirSync(site, { recursive: true });
for (const name of SITE_ASSETS) writeFileSync(join(site, name), await bundleAsset(name));
