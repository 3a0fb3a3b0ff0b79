import type { Backend } from '@efface/compute';
import {
  findFiles,
  findRtObjects,
  type OpenOptions,
  openScan,
  readNrrd,
  readSegmentation,
  readStructureSet,
  suvVolume,
  type SuvMeasure,
  type StructureRegion,
} from '@efface/io';
import { MAX_REGIONS, rasterContours, type RegionReport, resampleMask, setLabelFromMask } from '@efface/kernels';
import { EffaceError, type Grid, type Volume, voxelCount } from '@efface/volume';
import { basename } from 'node:path';
import { ENCODINGS, type LabelNames, readLabelNames } from './label-names.ts';

/** A region of an image. */
export interface Structure {
  /** As the file calls it: free text of a structure set, else the file's name and the label. */
  readonly name: string;
  /** File it is from. */
  readonly source: string;
  /** ROI Number of a structure set, value or bit of a label image. */
  readonly label: number;
  /** What became of its contours, where it was drawn. */
  readonly drawn?: RegionReport;
}

/** Up to 32 structures as bits of one volume. They may overlap. */
export interface StructureGroup {
  readonly grid: Grid;
  /** One u32 a voxel, i fastest; bit n is set where the voxel belongs to `structures[n]`. */
  readonly bits: Uint32Array;
  readonly structures: readonly Structure[];
}

/** The image that structures belong to. */
export interface StructureReference {
  readonly grid: Grid;
  /** Where it is known, that of a structure set must be the same. */
  readonly frameOfReferenceUid?: string;
}

/** Structures that cannot be used; the message names the file. */
export class StructuresError extends EffaceError {
  constructor(
    code: 'STRUCTURES_NONE' | 'STRUCTURES_NO_LABELS' | 'STRUCTURES_OTHER_FRAME' | 'STRUCTURES_NO_SUV',
    message: string,
  ) {
    super(code, 'inputRefused', message);
  }
}

const NRRD_FILE = /\.(nrrd|nhdr)$/i;
const LABEL_FILE = /\.(nii|nii\.gz|nrrd|nhdr)$/i;

/** More values than this are intensities. */
const MOST_LABELS = 1000;

/** An image with what a structure set must agree with. */
export interface OpenedImage extends StructureReference {
  readonly volume: Volume;
}

/**
 * Opens a NRRD, or the one image that `openScan` finds. Throws what they throw.
 * @param suv standardised uptake values by body weight, lean body mass or surface in place of a PET's own; throws DicomError
 * where the header does not give them, StructuresError for what is no PET in DICOM
 */
export async function openImage(path: string, options: OpenOptions = {}, suv?: SuvMeasure): Promise<OpenedImage> {
  if (NRRD_FILE.test(path) && suv === undefined) {
    const volume = await readNrrd(path, options.modality);
    return { volume, grid: volume.grid };
  }
  const scan = await openScan(path, options);
  if (suv !== undefined && !(scan.kind === 'dicom' && scan.volume.modality === 'PT'))
    throw new StructuresError(
      'STRUCTURES_NO_SUV',
      `${path}: standardised uptake values need a PET series in DICOM: nothing else says what was injected`,
    );
  const volume = suv === undefined ? scan.volume : suvVolume(scan, suv);
  const { frameOfReferenceUid } = scan;
  return { volume, grid: volume.grid, ...(frameOfReferenceUid === undefined ? {} : { frameOfReferenceUid }) };
}

/**
 * The structures at a path, 32 at a time: of RT Structure Sets the regions with contours, drawn on the reference's grid; of
 * DICOM segmentations their segments, brought to that grid by nearest neighbour; of
 * NIfTI and NRRD files every label but 0, on their own grid, named by a file `*.labels.json` beside them where there is
 * one. A folder is searched with all below it.
 * @throws StructuresError, InputNotFoundError, LabelNamesError and the readers' errors
 */
export async function* structureGroups(
  backend: Backend,
  path: string,
  reference: StructureReference,
): AsyncGenerator<StructureGroup> {
  const { structureSets, segmentations } = await findRtObjects(path);
  const labelFiles = (await findFiles(path)).files.filter((file) => LABEL_FILE.test(file)).sort();
  let found = 0;
  const sources = [
    ...structureSets.map((file) => drawn(backend, file, reference)),
    ...segmentations.map((file) => segmented(backend, file, reference)),
    ...labelFiles.map(labelled),
  ];
  for (const groups of sources)
    for await (const group of groups) {
      found += group.structures.length;
      yield group;
    }
  if (found === 0)
    throw new StructuresError(
      'STRUCTURES_NONE',
      `${path}: holds no structures; an RT Structure Set with contours, a DICOM segmentation, or labels in NIfTI or NRRD, were ` +
        'expected',
    );
}

/**
 * The regions of an RT Structure Set, those with contours apart from those that were never drawn.
 * @throws StructuresError when some are in another frame of reference than the image, and what `readStructureSet` throws
 */
export async function regionsOf(
  source: string,
  { frameOfReferenceUid }: Pick<StructureReference, 'frameOfReferenceUid'>,
): Promise<{ readonly own: readonly StructureRegion[]; readonly empty: readonly StructureRegion[] }> {
  const { regions } = await readStructureSet(source);
  const own = regions.filter(({ contours }) => contours.length > 0);
  const foreign = own.filter((region) => isOther(region.frameOfReferenceUid, frameOfReferenceUid));
  if (foreign.length > 0)
    throw new StructuresError(
      'STRUCTURES_OTHER_FRAME',
      `${source}: ${foreign.length} of ${own.length} regions are in another frame of reference, (3006,0024), than the image; ` +
        'use the image they were drawn on, or register first',
    );
  return { own, empty: regions.filter(({ contours }) => contours.length === 0) };
}

/** What a region is called in tables. */
export function nameOfRegion({ name, number }: StructureRegion): string {
  return name === '' ? `region-${number}` : name;
}

async function* drawn(backend: Backend, source: string, reference: StructureReference): AsyncGenerator<StructureGroup> {
  const { grid } = reference;
  const { own } = await regionsOf(source, reference);
  for (let first = 0; first < own.length; first += MAX_REGIONS) {
    const chunk = own.slice(first, first + MAX_REGIONS);
    const { bits, reports } = await drawRegions(backend, grid, chunk);
    const structures = chunk.map((region, n) => ({
      name: nameOfRegion(region),
      source,
      label: region.number,
      drawn: reports[n],
    }));
    yield { grid, bits, structures };
  }
}

/** Draws up to 32 regions on a grid: one u32 a voxel, i fastest, bit n for region n. */
export async function drawRegions(
  backend: Backend,
  grid: Grid,
  regions: readonly Pick<StructureRegion, 'contours'>[],
): Promise<{ readonly bits: Uint32Array; readonly reports: readonly RegionReport[] }> {
  const { labels, reports } = rasterContours(backend, { grid, regions: regions.map(({ contours }) => contours) });
  const bits = new Uint32Array(await backend.read(labels)).subarray(0, voxelCount(grid));
  backend.release(labels);
  return { bits, reports };
}

const isOther = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && a !== b;

/** Segments of a DICOM segmentation, whose grid is often a part of the image's. */
async function* segmented(
  backend: Backend,
  source: string,
  { grid, frameOfReferenceUid }: StructureReference,
): AsyncGenerator<StructureGroup> {
  const segmentation = await readSegmentation(source);
  if (isOther(segmentation.frameOfReferenceUid, frameOfReferenceUid))
    throw new StructuresError(
      'STRUCTURES_OTHER_FRAME',
      `${source}: is in another frame of reference, (0020,0052), than the image; use the image it was drawn on`,
    );
  const { segments } = segmentation;
  for (let first = 0; first < segments.length; first += MAX_REGIONS) {
    const chunk = segments.slice(first, first + MAX_REGIONS);
    const labels = backend.createBuffer('segments', 4 * voxelCount(grid));
    for (const [n, { number }] of chunk.entries()) {
      const { words } = segmentation.mask(number);
      const own = backend.createBuffer('segment', words.byteLength, words);
      const mask = resampleMask(backend, { mask: own, maskGrid: segmentation.grid, targetGrid: grid });
      setLabelFromMask(backend, { mask, labels, sizeIjk: grid.sizeIjk, label: n });
      backend.release(own);
      backend.release(mask);
    }
    const bits = new Uint32Array(await backend.read(labels)).subarray(0, voxelCount(grid));
    backend.release(labels);
    const structures = chunk.map(({ label, number }) => ({ name: label === '' ? `segment-${number}` : label, source, label: number })); // prettier-ignore
    yield { grid, bits, structures };
  }
}

async function* labelled(source: string): AsyncGenerator<StructureGroup> {
  const { grid, voxels } = (await openImage(source)).volume;
  const values = voxels as ArrayLike<number>;
  const known = await readLabelNames(source);
  const encoding = known?.encoding ?? 'values';
  const present = encoding === 'bits' ? bitsIn(values, source) : valuesIn(values, source);
  for (let first = 0; first < present.length; first += MAX_REGIONS) {
    const labels = present.slice(first, first + MAX_REGIONS);
    const structures = labels.map((label) => ({ name: nameOf(source, label, present.length, known), source, label }));
    yield { grid, bits: ENCODINGS[encoding](values, labels), structures };
  }
}

function nameOf(source: string, label: number, count: number, known: LabelNames | undefined): string {
  const stem = basename(source).replace(LABEL_FILE, '');
  return known?.names[label] ?? (count === 1 ? stem : `${stem}-${label}`);
}

/** The values other than 0, ascending. */
function valuesIn(values: ArrayLike<number>, source: string): number[] {
  const present = new Set<number>();
  let last = 0;
  for (let n = 0; n < values.length && present.size <= MOST_LABELS; n++) {
    if (values[n] === last) continue;
    last = values[n];
    present.add(last);
  }
  present.delete(0);
  const all = [...present].sort((a, b) => a - b);
  if (all.length > MOST_LABELS || all.some((value) => !Number.isInteger(value) || value < 0))
    throw new StructuresError(
      'STRUCTURES_NO_LABELS',
      `${source}: holds intensities; labels were expected, at most ${MOST_LABELS} whole numbers from 0`,
    );
  return all;
}

/** The bits that any voxel has, ascending. */
function bitsIn(values: ArrayLike<number>, source: string): number[] {
  let any = 0;
  for (let n = 0; n < values.length; n++) {
    const value = values[n];
    if (!(Number.isInteger(value) && value >= 0 && value < 2 ** 32))
      throw new StructuresError(
        'STRUCTURES_NO_LABELS',
        `${source}: holds ${value}; bits were expected, whole numbers from 0 to 2³² − 1`,
      );
    any |= value;
  }
  return Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (any >>> bit) & 1);
}
