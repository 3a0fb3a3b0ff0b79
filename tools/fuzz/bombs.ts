import { constants, crc32, deflateRawSync } from 'node:zlib';

/** Zeros in a bomb, MiB: more than a case may take, in a quarter of a megabyte. */
const MIB = 256;

const ONE_MIB = Buffer.alloc(2 ** 20);
let deflated: Buffer | undefined;
let gzip: Buffer | undefined;

/** A raw deflate stream of zeros. One flushed piece is repeated: it looks back at nothing before it. */
export function deflatedZeros(): Buffer {
  if (deflated) return deflated;
  const piece = deflateRawSync(ONE_MIB, { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  deflated = Buffer.concat([...Array<Buffer>(MIB).fill(piece), deflateRawSync(Buffer.alloc(0))]);
  return deflated;
}

/** The same as a member of a gzip file. */
export function zerosAsGzip(): Buffer {
  if (gzip) return gzip;
  const tail = Buffer.alloc(8);
  let crc = 0;
  for (let n = 0; n < MIB; n++) crc = crc32(ONE_MIB, crc);
  tail.writeUInt32LE(crc, 0);
  tail.writeUInt32LE(MIB * 2 ** 20, 4);
  gzip = Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]), deflatedZeros(), tail]);
  return gzip;
}
