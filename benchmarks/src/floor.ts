// The floor of a volume benchmark: reads the files named on the command line and writes the same bytes to the folder
// named last, decompressing and compressing where the format does, and nothing else. Prints milliseconds.
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip, constants } from 'node:zlib';

const paths = process.argv.slice(2, -1);
const target = process.argv.at(-1) ?? '';
await mkdir(target, { recursive: true });
const begin = process.hrtime.bigint();
for (const path of paths) {
  const out = join(target, basename(path));
  if (path.endsWith('.gz')) {
    await pipeline(
      createReadStream(path, { highWaterMark: 1 << 20 }),
      createGunzip({ chunkSize: 1 << 20 }),
      createGzip({ level: constants.Z_BEST_SPEED, chunkSize: 1 << 20 }),
      createWriteStream(out),
    );
  } else await writeFile(out, await readFile(path));
}
console.log(Number(process.hrtime.bigint() - begin) / 1e6);
