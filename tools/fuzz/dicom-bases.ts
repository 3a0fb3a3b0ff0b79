import { writeStudy } from '@efface/io';
import {
  buildDicom, buildDose, type BuiltElement, type BuiltItem, buildSegmentation, buildStructureSet, compressFrame, COMPRESSED_SYNTAXES, unpack, writeSeriesFiles,
} from '@efface/io/testing'; // prettier-ignore
import { type GeneratedStudy, generateStudy, sharedPath } from '@efface/test-data';
import { allocateVoxels, type Volume } from '@efface/volume';
import { globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeTree,
  type DicomTree,
  encodeTree,
  listsOf,
  setElement,
  textValue,
  type TreeElement,
} from './dicom-tree.ts';
import { CANARY } from './fuzz-case.ts';

/** Real series whose headers are taken, a few slices of each, their pixels cut to a corner. */
const REAL = [
  'ct_ge_tilt',
  'ct_headsq_64x64x93',
  'decubitus_T1',
  'pet_qin_headneck_0024_with_SEG',
  'philips_T1',
  'xa30_T1_enhanced',
];
const REAL_SLICES = 4;
const REAL_EDGE = 6;

const PIXELS = 0x7fe00010;

/** Where patients are named: name, ID, other names, address, comments, and the physician. */
const PATIENT_TAGS: readonly (readonly [number, string])[] = [
  [0x00080090, 'PN'], [0x00081070, 'PN'], [0x00100010, 'PN'], [0x00100020, 'LO'], [0x00101000, 'LO'], [0x00101001, 'PN'],
  [0x00101040, 'LO'], [0x00104000, 'LT'],
]; // prettier-ignore

/**
 * Writes the files that cases are made from: `folder/<set>/<n>.dcm`, in the order of the sets' names. `real` are sets of
 * headers from the shared data, none where it is not.
 */
export async function writeBases(folder: string): Promise<void> {
  mkdirSync(join(folder, 'generated'), { recursive: true });
  mkdirSync(join(folder, 'real'), { recursive: true });
  const scratch = join(folder, 'scratch');
  const put = (set: string, files: readonly Buffer[], kind = 'generated'): void => {
    mkdirSync(join(folder, kind, set));
    for (const [n, bytes] of files.entries()) {
      const tree = decodeTree(bytes, `${n}`);
      for (const [tag, vr] of PATIENT_TAGS) setElement(tree.body, { tag, vr, value: textValue(vr, `${CANARY}^${n}`) });
      writeFileSync(join(folder, kind, set, `${String(n).padStart(2, '0')}.dcm`), encodeTree(tree));
    }
  };
  const series = (name: string, recipe: Parameters<typeof writeSeriesFiles>[1]): Buffer[] =>
    writeSeriesFiles(join(scratch, name), { nSlices: 4, ...recipe }).map((path) => readFileSync(path));

  const plain = series('ct', {});
  put('ct', plain);
  put('mr', series('mr', { elements: () => [['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.4'], ['00080060', 'CS', 'MR']] })); // prettier-ignore
  put('pet', series('pet', { elements: (k) => [['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.128'], ['00080060', 'CS', 'PT'], ['00281053', 'DS', String(k + 1)], ['00281052', 'DS', '0'], ['00541001', 'CS', 'BQML']] })); // prettier-ignore
  put('tilted', series('tilted', { position: (k) => [0, k, 4 * k], elements: () => [['00180050', 'DS', '4']] }));
  put('described', series('described', { elements: described }));
  put('enhanced', [enhanced()]);
  for (const coding of ['rle', 'jpeg', 'jpegLs', 'jpeg2000', 'htj2k'] as const) {
    const trees = plain.map((bytes, n) => decodeTree(bytes, `${n}`));
    for (const tree of trees) await compress(tree, coding, { rows: 4, columns: 5 });
    put(coding, trees.map(encodeTree));
  }
  const frames = decodeTree(enhanced(), '0');
  frames.body.find(({ tag }) => tag === 0x00280103)!.value = Buffer.from([1, 0]);
  await compress(frames, 'rle', { rows: 2, columns: 3 });
  put('enhanced-rle', [encodeTree(frames)]);
  put('objects', objects());
  put('study', await study(join(scratch, 'study')));
  for (const name of REAL) {
    const archive = sharedPath(`data/dicom/${name}.tar.xz`);
    if (archive === undefined) continue;
    mkdirSync(join(scratch, 'real'), { recursive: true });
    const files = realFiles(unpack(archive, join(scratch, 'real')));
    if (files.length > 0) put(name, files, 'real');
  }
}

/** The sets that `writeBases` wrote. */
export function readBases(folder: string, kind: 'generated' | 'real'): DicomTree[][] {
  return readdirSync(join(folder, kind))
    .sort()
    .map((set) =>
      readdirSync(join(folder, kind, set))
        .sort()
        .map((file) => decodeTree(readFileSync(join(folder, kind, set, file)), `${set}/${file}`)),
    );
}

/** Fields that scanners write and that the writer takes care of. */
function described(k: number): readonly BuiltElement[] {
  return [
    ['00080005', 'CS', 'ISO_IR 100'],
    ['00081140', 'SQ', [{ elements: [['00081150', 'UI', '1.2.840.10008.5.1.4.1.1.2'], ['00081155', 'UI', '1.2.3.4.5.6.99']] }]],
    ['00082112', 'SQ', [{ elements: [['00081155', 'UI', '1.2.3.4.5.6.1']] }]],
    ['00180050', 'DS', '4'],
    ['00180088', 'DS', '4'],
    ['00280106', 'SS', [0]],
    ['00280107', 'SS', [400]],
    ['00280120', 'SS', [-2000]],
    ['00290010', 'LO', 'MAKER'],
    ['00291010', 'OB', new Uint8Array(64).fill(k)],
    ['00291011', 'UN', new TextEncoder().encode(`1.2.3.4.5.6.${k + 1}`)],
    ['00400275', 'SQ', [{ elements: [['00400007', 'LO', CANARY], ['00400009', 'SH', '1']] }]],
    ['60000010', 'US', [4]],
    ['60003000', 'OW', [1, 2]],
  ]; // prettier-ignore
}

const item = (...elements: BuiltElement[]): BuiltItem => ({ elements });
const within = (tag: string, ...elements: BuiltElement[]): BuiltElement => [tag, 'SQ', [item(...elements)]];

/** An enhanced MR image of five frames of 3 × 2 pixels. */
function enhanced(): Buffer {
  return buildDicom({
    elements: [
      ['00080008', 'CS', 'ORIGINAL\\PRIMARY\\M\\NONE'], ['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.4.1'], ['00080018', 'UI', '1.2.3.1'],
      ['00080060', 'CS', 'MR'], ['0020000D', 'UI', '1.2'], ['0020000E', 'UI', '1.2.3'], ['00200052', 'UI', '1.2.9'],
      ['00280002', 'US', [1]], ['00280004', 'CS', 'MONOCHROME2'], ['00280008', 'IS', '5'], ['00280010', 'US', [2]], ['00280011', 'US', [3]],
      ['00280100', 'US', [16]], ['00280101', 'US', [16]], ['00280102', 'US', [15]], ['00280103', 'US', [0]],
      ['52009229', 'SQ', [item(within('00189226', ['00089007', 'CS', 'ORIGINAL\\PRIMARY\\M\\NONE']), within('00209116', ['00200037', 'DS', '1\\0\\0\\0\\1\\0']), within('00289110', ['00280030', 'DS', '3\\2']))]],
      ['52009230', 'SQ', Array.from({ length: 5 }, (_, f) => item(within('00209113', ['00200032', 'DS', `0\\0\\${4 * f}`])))],
      ['7FE00010', 'OW', Array.from({ length: 30 }, (_, n) => n)],
    ],
  }); // prettier-ignore
}

async function compress(
  tree: DicomTree,
  coding: keyof typeof COMPRESSED_SYNTAXES,
  size: { rows: number; columns: number },
): Promise<void> {
  const pixels = tree.body.find(({ tag }) => tag === PIXELS);
  if (!pixels || !Buffer.isBuffer(pixels.value)) throw new RangeError(`${tree.name} has no plain pixels`);
  const frameBytes = 2 * size.rows * size.columns;
  const frames: Buffer[] = [];
  for (let at = 0; at < pixels.value.length; at += frameBytes) {
    const stream = Buffer.from(await compressFrame(coding, pixels.value.subarray(at, at + frameBytes), size));
    frames.push(stream.length % 2 === 0 ? stream : Buffer.concat([stream, Buffer.alloc(1)]));
  }
  const table = Buffer.alloc(4 * frames.length);
  frames.reduce((offset, frame, n) => (table.writeUInt32LE(offset, 4 * n), offset + 8 + frame.length), 0);
  Object.assign(pixels, { vr: 'OB', open: true, value: [table, ...frames].map((content) => ({ content })) });
  setElement(tree.meta, { tag: 0x00020010, vr: 'UI', value: textValue('UI', COMPRESSED_SYNTAXES[coding]) });
}

/** A structure set, a dose and the three kinds of segmentation, by the builders. */
function objects(): Buffer[] {
  const square = [0, 0, 0, 5, 0, 0, 5, 5, 0, 0, 5, 0];
  const planes = [0, 1, 2].map((k) => ({ positionLps: [0, 0, 4 * k], pixels: [1, 0, 0, 1, 0, 1] }));
  const grid = { columns: 3, rows: 2, segments: [[1, 'Body'], [2, 'Brain']] } as const; // prettier-ignore
  return [
    buildStructureSet([
      { number: 1, name: 'External', interpretedType: 'EXTERNAL', contours: [0, 4, 8].map((z) => ({ points: square.map((v, n) => (n % 3 === 2 ? z : v)) })) },
      { number: 2, name: 'Brain', interpretedType: 'ORGAN', contours: [{ points: square }, { type: 'POINT', points: [1, 2, 3] }] },
    ]),
    buildDose({ columns: 3, rows: 2, stored: Uint32Array.from({ length: 18 }, (_, n) => n + 1), scaling: 0.01, offsetsMm: [0, 4, 8], positionLps: [0, 0, 0], spacingMm: [3, 2] }),
    buildSegmentation({ ...grid, kind: 'BINARY', frames: [...planes.map((plane) => ({ ...plane, segment: 1 })), { ...planes[1], segment: 2 }] }),
    buildSegmentation({ ...grid, kind: 'FRACTIONAL', frames: planes.map((plane) => ({ ...plane, segment: 1, pixels: plane.pixels.map((v) => 200 * v) })), elements: [['00080018', 'UI', '1.2.3.4.8.2']] }),
    buildSegmentation({ ...grid, kind: 'LABELMAP', frames: planes, elements: [['00080018', 'UI', '1.2.3.4.8.3']] }),
  ]; // prettier-ignore
}

/** The generated head-and-neck study at 16 mm: CT, plan, dose and segmentation, and its regions as a structure set. */
async function study(folder: string): Promise<Buffer[]> {
  const made = generateStudy({ seed: 7, ctSpacingMm: [16, 16, 24], ctOnly: true });
  const paths = await writeStudy(folder, { ...made, doseGy: everyTenth(made.doseGy) });
  const files = paths.filter((path) => !path.endsWith('RTSTRUCT.dcm')).map((path) => readFileSync(path));
  return [...files, buildStructureSet(regionsOf(made))];
}

function regionsOf({ regions }: GeneratedStudy): Parameters<typeof buildStructureSet>[0] {
  return regions.map(({ number, name, interpretedType, contours }) => ({
    number,
    name,
    interpretedType,
    contours: contours.slice(0, 3).map(({ pointsLps }) => ({ points: [...pointsLps.subarray(0, 60)] })),
  }));
}

/** Every tenth voxel along each axis. */
function everyTenth(dose: Volume): Volume {
  const sizeIjk = dose.grid.sizeIjk.map((n) => Math.ceil(n / 10)) as [number, number, number];
  const [ni, nj, nk] = sizeIjk;
  const voxels = allocateVoxels(dose.type, ni * nj * nk);
  for (let k = 0, n = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, n++)
        voxels[n] = dose.voxels[10 * (i + dose.grid.sizeIjk[0] * (j + dose.grid.sizeIjk[1] * k))];
  const affineIjkToLps = dose.grid.affineIjkToLps.map((value, n) => (n % 4 === 3 ? value : 10 * value));
  const rescale = {
    slopePerK: dose.rescale.slopePerK.slice(0, nk),
    interceptPerK: dose.rescale.interceptPerK.slice(0, nk),
  };
  return { ...dose, grid: { sizeIjk, affineIjkToLps }, voxels, rescale };
}

/** The first slices of one real series, by their place, with a corner of their pixels. */
function realFiles(folder: string): Buffer[] {
  const trees = globSync('**/*.dcm', { cwd: folder })
    .sort()
    .flatMap((name) => {
      try {
        return [decodeTree(readFileSync(join(folder, name)), name)];
      } catch (error) {
        // Implicit files are not taken apart here.
        if (error instanceof RangeError) return [];
        throw error;
      }
    });
  const textOf = ({ body }: DicomTree, tag: number): string => {
    const value = body.find((element) => element.tag === tag)?.value;
    return Buffer.isBuffer(value) ? value.toString('latin1').trim() : '';
  };
  const series = textOf(trees[0], 0x0020000e);
  const place = (tree: DicomTree): number => Number(textOf(tree, 0x00200032).split('\\')[2]);
  return trees
    .filter((tree) => textOf(tree, 0x0020000e) === series)
    .sort((a, b) => place(a) - place(b))
    .slice(0, REAL_SLICES)
    .filter(cropPixels)
    .map(encodeTree);
}

/** Keeps a few frames and a corner of each. False when the pixels are compressed. */
function cropPixels(tree: DicomTree): boolean {
  const pixels = tree.body.find(({ tag }) => tag === PIXELS);
  if (!pixels || !Buffer.isBuffer(pixels.value)) return false;
  const perFrame = tree.body.find(({ tag }) => tag === 0x52009230);
  let frames = 1;
  if (perFrame && !Buffer.isBuffer(perFrame.value)) {
    perFrame.value = perFrame.value.slice(0, REAL_SLICES);
    frames = perFrame.value.length;
    setElement(tree.body, { tag: 0x00280008, vr: 'IS', value: textValue('IS', String(frames)) });
  }
  const short = (tag: number, value: number): TreeElement => ({ tag, vr: 'US', value: Buffer.from([value, 0]) });
  setElement(tree.body, short(0x00280010, REAL_EDGE));
  setElement(tree.body, short(0x00280011, REAL_EDGE));
  pixels.value = Buffer.from(pixels.value.subarray(0, 2 * frames * REAL_EDGE * REAL_EDGE));
  // Large private blocks make cases slow and hold nothing that is parsed.
  for (const list of listsOf(tree.body))
    for (const element of list)
      if (Buffer.isBuffer(element.value) && element.value.length > 2048 && element !== pixels)
        element.value = element.value.subarray(0, 2048);
  return true;
}
