import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Is this program installed? */
export function hasProgram(name: string): boolean {
  return spawnSync(name, ['--version']).error === undefined;
}

/** Is there a python3 with pydicom and numpy? */
export function hasPydicom(): boolean {
  return spawnSync('python3', ['-c', 'import pydicom, numpy']).status === 0;
}

/** Runs a program that must succeed; returns what it printed. */
export function run(program: string, args: readonly string[]): string {
  const done = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (done.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${done.stderr || String(done.error)}`);
  return done.stdout;
}

/** Unpacks a tar archive into a new folder below `folder`. */
export function unpack(archive: string, folder: string): string {
  const target = join(folder, basename(archive, '.tar.xz'));
  mkdirSync(target);
  run('tar', ['xJf', archive, '-C', target]);
  return target;
}

/** Files of a folder in the order of their names, absolute. */
export function listFiles(folder: string, extension = ''): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(extension))
    .sort()
    .map((name) => join(folder, name));
}

/** What pydicom reads of one file: everything that places its pixels, and a checksum of them. */
export interface PydicomFacts {
  readonly sopInstanceUid: string;
  /** Bytes of the unscaled pixels in little-endian order, CRC-32. One for each frame. */
  readonly crcPerFrame: readonly number[];
  readonly shape: readonly number[];
}

const SCRIPT = `
import json, sys, zlib, warnings, numpy, pydicom
warnings.simplefilter('ignore')
out = []
for path in sys.argv[1:]:
    d = pydicom.dcmread(path)
    a = d.pixel_array
    frames = a if a.ndim == 3 else a[None]
    crc = [zlib.crc32(numpy.ascontiguousarray(f.astype(f.dtype.newbyteorder('<'))).tobytes()) for f in frames]
    out.append(dict(sopInstanceUid=d.SOPInstanceUID, crcPerFrame=crc, shape=a.shape))
print(json.dumps(out))
`;

/** Reads files with pydicom. */
export function readWithPydicom(paths: readonly string[]): PydicomFacts[] {
  return JSON.parse(run('python3', ['-c', SCRIPT, ...paths])) as PydicomFacts[];
}
