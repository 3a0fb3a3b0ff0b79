import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

const root = join(import.meta.dirname, '..', '..');

/** Files of SwiftShader: the driver, the Vulkan loader, and the manifest through which the loader finds the driver. */
const NEEDED = ['libvk_swiftshader.so', 'libvulkan.so.1', 'vk_swiftshader_icd.json'] as const;

/** Regular files of a ustar archive by base name (POSIX.1-1988 §10.1.1: 512-byte headers, octal sizes). */
export function readTar(tar: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const text = (begin: number, end: number): string => {
    const bytes = tar.subarray(begin, end);
    const zero = bytes.indexOf(0);
    return new TextDecoder().decode(zero < 0 ? bytes : bytes.subarray(0, zero));
  };
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const sizeBytes = Number.parseInt(text(at + 124, at + 136), 8);
    const kind = String.fromCharCode(tar[at + 156]);
    const name =
      text(at, at + 100)
        .split('/')
        .at(-1) ?? '';
    if (kind === '0' || kind === '\0') files.set(name, tar.subarray(at + 512, at + 512 + sizeBytes));
    at += 512 + Math.ceil(sizeBytes / 512) * 512;
  }
  return files;
}

/**
 * Unpacks SwiftShader, a Vulkan driver in software, from the npm package @sparticuz/chromium into the cache and returns
 * the folder. Done once per version of the package. Throws when the package is not installed.
 */
export function unpackSoftwareGpu(): string {
  const require = createRequire(import.meta.url);
  const packageFolder = findPackage(dirname(require.resolve('@sparticuz/chromium')));
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const folder = join(root, 'node_modules/.cache/efface', `swiftshader-${version}`);
  if (NEEDED.every((name) => existsSync(join(folder, name)))) return folder;

  const files = readTar(brotliDecompressSync(readFileSync(join(packageFolder, 'bin', 'swiftshader.tar.br'))));
  const staging = `${folder}.${process.pid}`;
  mkdirSync(staging, { recursive: true });
  for (const name of NEEDED) {
    const bytes = files.get(name);
    if (!bytes) throw new Error(`@sparticuz/chromium ${version} holds no ${name}; pin the version in package.json`);
    writeFileSync(join(staging, name), bytes, { mode: 0o755 });
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(staging, folder);
  return folder;
}

/** Nearest folder upwards that holds the package's binaries. */
function findPackage(from: string): string {
  for (let folder = from; dirname(folder) !== folder; folder = dirname(folder))
    if (existsSync(join(folder, 'bin', 'swiftshader.tar.br'))) return folder;
  throw new Error('@sparticuz/chromium has no bin/swiftshader.tar.br; run npm ci');
}
