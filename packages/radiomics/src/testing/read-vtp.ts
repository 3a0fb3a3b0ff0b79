import type { Contour } from '@efface/kernels';
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';

/** Planar contours of one structure as SlicerRT keeps them. */
export interface VtpContours {
  readonly name: string;
  readonly contours: readonly Contour[];
}

const WORD = 4;

/**
 * One compressed, base64 coded array of a VTK XML file (header_type UInt32): number of blocks, sizes before compression
 * of a block and of the last one, compressed size of each block; then, coded apart, the blocks.
 */
function arrayBytes(text: string): Buffer {
  const coded = text.trim();
  const count = Buffer.from(coded.slice(0, 8), 'base64').readUInt32LE(0);
  const headerBytes = WORD * (3 + count);
  const headerChars = 4 * Math.ceil(headerBytes / 3);
  const header = Buffer.from(coded.slice(0, headerChars), 'base64');
  const data = Buffer.from(coded.slice(headerChars), 'base64');
  const blocks: Buffer[] = [];
  for (let n = 0, at = 0; n < count; n++) {
    const size = header.readUInt32LE(WORD * (3 + n));
    blocks.push(inflateSync(data.subarray(at, at + size)));
    at += size;
  }
  return Buffer.concat(blocks);
}

function section(xml: string, name: string): string {
  const found = new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(xml);
  if (!found) throw new Error(`no ${name}`);
  return found[1];
}

function arrayOf(xml: string, name: string): { readonly type: string; readonly bytes: Buffer } {
  const found = new RegExp(`<(?:Data)?Array type="(\\w+)" Name="${name}"[^>]*>([^<]*)<`).exec(xml);
  if (!found) throw new Error(`no array ${name}`);
  return { type: found[1], bytes: arrayBytes(found[2]) };
}

function numbers({ type, bytes }: ReturnType<typeof arrayOf>): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === 'Float32') return Array.from({ length: bytes.length / 4 }, (_, n) => view.getFloat32(4 * n, true));
  if (type === 'Int64')
    return Array.from({ length: bytes.length / 8 }, (_, n) => Number(view.getBigInt64(8 * n, true)));
  if (type === 'Int32') return Array.from({ length: bytes.length / 4 }, (_, n) => view.getInt32(4 * n, true));
  throw new Error(`an array of ${type}`);
}

/** Reads the closed contours of a `.vtp` file, whose points are RAS mm, into LPS. */
export function readVtpContours(path: string): VtpContours {
  const xml = readFileSync(path, 'latin1');
  const points = numbers(arrayOf(section(xml, 'Points'), 'Points'));
  const lines = section(xml, 'Lines');
  const indices = numbers(arrayOf(lines, 'connectivity'));
  const ends = numbers(arrayOf(lines, 'offsets'));
  const contours = ends.map((end, n): Contour => {
    const own = indices.slice(n === 0 ? 0 : ends[n - 1], end);
    const pointsLps = own.flatMap((p) => [-points[3 * p], -points[3 * p + 1], points[3 * p + 2]]);
    return { type: 'CLOSED_PLANAR', pointsLps };
  });
  return { name: arrayOf(xml, 'Segment_Name').bytes.toString('latin1').replaceAll('\0', ''), contours };
}
