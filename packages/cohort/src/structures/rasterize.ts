import type { Backend } from '@efface/compute';
import { OutputFolder, writeMaskNifti, writeNifti, writeOutput } from '@efface/io';
import { maskCount, uniformRescale } from '@efface/volume';
import { uniqueName } from '../groups.ts';
import { labelNamesPath, labelOfBit } from './label-names.ts';
import { maskOfBit } from './mask-of-bit.ts';
import { type Structure, type StructureGroup, structureGroups, type StructureReference } from './structure-groups.ts';

/** File that marks a folder as one of drawn structures, which `overwrite` may replace. */
export const STRUCTURES_INDEX = 'structures.json';

/** One structure as it was drawn. */
export interface DrawnStructure extends Structure {
  /** File of the folder that holds it. */
  readonly file: string;
  readonly voxelCount: number;
}

/** How structures are written. */
export interface RasterizeOptions {
  readonly overwrite: boolean;
  /** Paths that are read and may not be overwritten. */
  readonly inputs: readonly string[];
  /** One file with a bit a structure and `*.labels.json` beside it instead of a file a structure. */
  readonly packed: boolean;
}

/**
 * Draws structures on a grid and writes them as NIfTI: a mask a structure, or bits of one volume for every 32. The folder
 * also gets `structures.json`, which says what is where, what was left out, and why. It appears whole or not at all.
 * @throws what `structureGroups` throws, OutputError
 */
export async function rasterizeStructures(
  backend: Backend,
  structures: string,
  reference: StructureReference,
  destination: string,
  { overwrite, inputs, packed }: RasterizeOptions,
): Promise<DrawnStructure[]> {
  const output = await OutputFolder.create(destination, { overwrite, inputs, marker: STRUCTURES_INDEX });
  try {
    const drawn: DrawnStructure[] = [];
    const used = new Set<string>();
    for await (const group of structureGroups(backend, structures, reference))
      drawn.push(...(await (packed ? writePacked : writeMasks)(group, output, used)));
    const index = drawn.map(({ file, name, label, voxelCount, drawn: report }) => ({ file, name, label, voxelCount, ...report })); // prettier-ignore
    await writeOutput(await output.path(STRUCTURES_INDEX), `${JSON.stringify(index, null, 2)}\n`);
    await output.commit();
    return drawn;
  } finally {
    await output.abort();
  }
}

async function writeMasks(group: StructureGroup, output: OutputFolder, used: Set<string>): Promise<DrawnStructure[]> {
  const written: DrawnStructure[] = [];
  for (const [n, structure] of group.structures.entries()) {
    const mask = maskOfBit(group.bits, n, group.grid);
    // A name is whatever somebody typed.
    const stem = structure.name.replaceAll(/[^A-Za-z0-9._-]+/g, '_').replace(/^[._]+/, '').slice(0, 64); // prettier-ignore
    const file = `${uniqueName(stem === '' ? `structure-${structure.label}` : stem, used)}.nii.gz`;
    await writeMaskNifti(await output.path(file), group.grid, mask);
    written.push({ ...structure, file, voxelCount: maskCount(mask) });
  }
  return written;
}

async function writePacked(
  { grid, bits, structures }: StructureGroup,
  output: OutputFolder,
  used: Set<string>,
): Promise<DrawnStructure[]> {
  const file = `${uniqueName('structures', used)}.nii.gz`;
  const rescale = uniformRescale(grid.sizeIjk[2], 1, 0);
  await writeNifti(await output.path(file), { grid, type: 'u32', voxels: bits, rescale, modality: 'OT', unit: 'arbitrary' }); // prettier-ignore
  const names = Object.fromEntries(structures.map(({ name }, n) => [n, name]));
  const text = `${JSON.stringify({ encoding: 'bits', names }, null, 2)}\n`;
  await writeOutput(await output.path(labelNamesPath(file)), text);
  return structures.map((structure, n) => ({
    ...structure,
    label: n,
    file,
    voxelCount: labelOfBit(bits, n).reduce((sum, bit) => sum + bit, 0),
  }));
}
