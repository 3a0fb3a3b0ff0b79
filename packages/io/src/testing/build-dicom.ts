import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * DICOM files for tests, byte by byte from PS3.5 sections 7.1 and 7.5. It shares no code with the reader and the writer,
 * and can make files that no writer should.
 */

/** One element: tag as 'GGGGEEEE', VR, and text, 16-bit numbers, bytes or items. */
export type BuiltElement = readonly [
  tag: string,
  vr: string,
  value: string | readonly number[] | Uint8Array | readonly BuiltItem[],
];

/** One item of a sequence. */
export interface BuiltItem {
  readonly elements: readonly BuiltElement[];
}

/** What to put where; later elements replace earlier ones of the same tag. */
export interface DicomRecipe {
  readonly elements: readonly BuiltElement[];
  /** Default: explicit little-endian. */
  readonly transferSyntax?: string;
  readonly coding?: 'explicit' | 'implicit' | 'bigEndian';
}

const LONG = ['OB', 'OW', 'OF', 'SQ', 'UN', 'UT'];

/** The file as bytes. */
export function buildDicom(recipe: DicomRecipe): Buffer {
  const coding = recipe.coding ?? 'explicit';
  const syntax =
    recipe.transferSyntax ??
    { explicit: '1.2.840.10008.1.2.1', implicit: '1.2.840.10008.1.2', bigEndian: '1.2.840.10008.1.2.2' }[coding];
  const instance = recipe.elements.findLast(([tag]) => tag === '00080018')?.[2];
  const meta = buildElements(
    [
      ['00020001', 'OB', Uint8Array.of(0, 1)],
      ['00020002', 'UI', '1.2.840.10008.5.1.4.1.1.2'],
      ['00020003', 'UI', typeof instance === 'string' ? instance : '1.2.3'],
      ['00020010', 'UI', syntax],
      ['00020012', 'UI', '1.2.3.4'],
    ],
    'explicit',
  );
  const length = Buffer.alloc(12);
  length.write('\x02\0\0\0UL\x04\0', 'latin1');
  length.writeUInt32LE(meta.length, 8);
  const byTag = new Map(recipe.elements.map((element) => [element[0], element]));
  const sorted = [...byTag.values()].sort(([a], [b]) => (a < b ? -1 : 1));
  const start = Buffer.alloc(132);
  start.write('DICM', 128);
  return Buffer.concat([start, length, meta, buildElements(sorted, coding)]);
}

function buildElements(elements: readonly BuiltElement[], coding: 'explicit' | 'implicit' | 'bigEndian'): Buffer {
  const big = coding === 'bigEndian';
  return Buffer.concat(
    elements.flatMap(([tag, vr, value]) => {
      const bytes = buildValue(vr, value, coding);
      const start = Buffer.alloc(coding !== 'implicit' && LONG.includes(vr) ? 12 : 8);
      put16(start, 0, parseInt(tag.slice(0, 4), 16), big);
      put16(start, 2, parseInt(tag.slice(4), 16), big);
      if (coding === 'implicit') start.writeUInt32LE(bytes.length, 4);
      else {
        start.write(vr, 4, 'latin1');
        if (start.length === 8) put16(start, 6, bytes.length, big);
        else if (big) start.writeUInt32BE(bytes.length, 8);
        else start.writeUInt32LE(bytes.length, 8);
      }
      return [start, bytes];
    }),
  );
}

function buildValue(vr: string, value: BuiltElement[2], coding: 'explicit' | 'implicit' | 'bigEndian'): Buffer {
  if (typeof value === 'string') {
    const padding = value.length % 2 === 0 ? '' : vr === 'UI' ? '\0' : ' ';
    return Buffer.from(value + padding, 'latin1');
  }
  if (value instanceof Uint8Array) return Buffer.concat([value, Buffer.alloc(value.length % 2)]);
  const big = coding === 'bigEndian';
  if (vr === 'SQ') {
    return Buffer.concat(
      (value as readonly BuiltItem[]).flatMap(({ elements }) => {
        const content = buildElements(elements, coding);
        const start = Buffer.alloc(8);
        put16(start, 0, 0xfffe, big);
        put16(start, 2, 0xe000, big);
        if (big) start.writeUInt32BE(content.length, 4);
        else start.writeUInt32LE(content.length, 4);
        return [start, content];
      }),
    );
  }
  const out = Buffer.alloc(2 * value.length);
  for (const [n, number] of (value as readonly number[]).entries()) put16(out, 2 * n, number & 0xffff, big);
  return out;
}

function put16(target: Buffer, at: number, value: number, big: boolean): void {
  if (big) target.writeUInt16BE(value, at);
  else target.writeUInt16LE(value, at);
}

/** A CT series with closed-form content. */
export interface SeriesRecipe {
  readonly columns?: number;
  readonly rows?: number;
  readonly nSlices?: number;
  /** Centre of the first pixel of slice k, LPS mm. */
  readonly position?: (k: number) => readonly number[];
  readonly cosines?: readonly number[];
  /** Elements that are added to slice k or replace its own. */
  readonly elements?: (k: number) => readonly BuiltElement[];
  /** Tags that no slice has. */
  readonly without?: readonly string[];
  readonly coding?: DicomRecipe['coding'];
  /** File name of slice k. */
  readonly name?: (k: number) => string;
}

/** Stored value of the built series at (i, j, k). */
export function builtVoxel(i: number, j: number, k: number): number {
  return (i + 10 * j + 100 * k) % 30_000;
}

/** Writes the series into `folder`: signed 16-bit, 2 × 3 mm pixels, 4 mm slices, axial unless told otherwise. */
export function writeSeriesFiles(folder: string, recipe: SeriesRecipe = {}): string[] {
  const { columns = 5, rows = 4, nSlices = 6 } = recipe;
  mkdirSync(folder, { recursive: true });
  return Array.from({ length: nSlices }, (_, k) => {
    const path = join(folder, recipe.name?.(k) ?? `slice-${k}.dcm`);
    writeFileSync(
      path,
      buildDicom({
        elements: sliceElements(recipe, columns, rows, k).filter(([tag]) => !recipe.without?.includes(tag)),
        ...codingOf(recipe),
      }),
    );
    return path;
  });
}

function codingOf({ coding }: SeriesRecipe): Pick<DicomRecipe, 'coding'> {
  return coding === undefined ? {} : { coding };
}

function sliceElements(recipe: SeriesRecipe, columns: number, rows: number, k: number): readonly BuiltElement[] {
  const position = recipe.position?.(k) ?? [-10, -20, -30 + 4 * k];
  const pixels = new Int16Array(columns * rows);
  for (let j = 0; j < rows; j++) for (let i = 0; i < columns; i++) pixels[j * columns + i] = builtVoxel(i, j, k);
  const bytes = Buffer.from(pixels.buffer);
  if (recipe.coding === 'bigEndian') bytes.swap16();
  return [
    ['00080008', 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'],
    ['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.2'],
    ['00080018', 'UI', `1.2.3.4.5.6.${k + 1}`],
    ['00080060', 'CS', 'CT'],
    ['0008103E', 'LO', 'Head'],
    ['00100010', 'PN', 'Nobody^At^All'],
    ['0020000D', 'UI', '1.2.3.4.5'],
    ['0020000E', 'UI', '1.2.3.4.5.6'],
    ['00200011', 'IS', '3'],
    ['00200013', 'IS', String(k + 1)],
    ['00200032', 'DS', position.join('\\')],
    ['00200037', 'DS', (recipe.cosines ?? [1, 0, 0, 0, 1, 0]).join('\\')],
    ['00200052', 'UI', '1.2.3.4.9'],
    ['00280002', 'US', [1]],
    ['00280004', 'CS', 'MONOCHROME2'],
    ['00280010', 'US', [rows]],
    ['00280011', 'US', [columns]],
    ['00280030', 'DS', '3\\2'],
    ['00280100', 'US', [16]],
    ['00280101', 'US', [16]],
    ['00280102', 'US', [15]],
    ['00280103', 'US', [1]],
    ['00281052', 'DS', '-1024'],
    ['00281053', 'DS', '1'],
    ['7FE00010', 'OW', bytes],
    ...(recipe.elements?.(k) ?? []),
  ];
}
