import { type Backend } from '@efface/compute';
import { type KeepOut } from '@efface/deface';
import { isSameStructure } from '@efface/radiomics';
import { EffaceError, type GridMask, maskCount } from '@efface/volume';
import { type CaseGroup } from '../groups.ts';
import { maskOfBit } from '../structures/mask-of-bit.ts';
import { type StructureReference, structureGroups } from '../structures/structure-groups.ts';

/** Structures in which no voxel may be altered. */
export interface Protection {
  /** Names of structures, or none; those of the 2023 study also by what else they are called. */
  readonly names: readonly string[];
  /** Where they are, as `structureGroups` takes it; without it, the structure sets and segmentations of the case. */
  readonly structuresPath?: string;
}

/** Structures that cannot be protected. Protection that is silently missing would be worse than none. */
export class ProtectionError extends EffaceError {
  constructor(code: 'PROTECT_NO_STRUCTURES' | 'PROTECT_NOT_FOUND', message: string) {
    super(code, 'inputRefused', message);
  }
}

const SOURCES = new Set(['structure set', 'segmentation']);

/**
 * The voxels of the structures to protect, one keep-out each, with their own names. Those of a name that is written just so
 * come first; where there are none, all that the name also stands for.
 * @throws ProtectionError for a name without a voxel; StructuresError and the readers' errors
 */
export async function protectedStructures(
  backend: Backend,
  protection: Protection,
  reference: StructureReference,
  group: Pick<CaseGroup, 'companions'>,
): Promise<KeepOut[]> {
  const { names } = protection;
  const paths = pathsOf(protection, group);
  if (paths.length === 0)
    throw new ProtectionError(
      'PROTECT_NO_STRUCTURES',
      `${names.join(', ')}: there is no structure set or segmentation in the frame of reference of the image; say where the ` +
        'structures are (--structures)',
    );
  const { found, present } = await structuresNamed(backend, names, paths, reference);
  return names.flatMap((wanted): KeepOut[] => {
    const meant = meantBy(wanted, found);
    if (meant.length === 0)
      throw new ProtectionError(
        'PROTECT_NOT_FOUND',
        `${wanted}: no structure of that name has a voxel; there are ${[...present].sort().join(', ') || 'none'}`,
      );
    return meant;
  });
}

/**
 * As `protectedStructures`, of what happens to be drawn: a name without a voxel keeps nothing out.
 * @throws StructuresError and the readers' errors
 */
export async function drawnStructures(
  backend: Backend,
  protection: Protection,
  reference: StructureReference,
  group: Pick<CaseGroup, 'companions'>,
): Promise<KeepOut[]> {
  const { names } = protection;
  const { found } = await structuresNamed(backend, names, pathsOf(protection, group), reference);
  return names.flatMap((wanted) => meantBy(wanted, found));
}

function pathsOf({ structuresPath }: Protection, { companions }: Pick<CaseGroup, 'companions'>): string[] {
  if (structuresPath !== undefined) return [structuresPath];
  return companions.filter(({ kind }) => SOURCES.has(kind)).map(({ path }) => path);
}

/** A structure with a voxel, as its file calls it. */
interface NamedVoxels {
  readonly name: string;
  readonly voxels: GridMask;
}

/** The structures that any of the names stands for, and the names of all that are there. */
async function structuresNamed(
  backend: Backend,
  names: readonly string[],
  paths: readonly string[],
  reference: StructureReference,
): Promise<{ readonly found: readonly NamedVoxels[]; readonly present: ReadonlySet<string> }> {
  const found: NamedVoxels[] = [];
  const present = new Set<string>();
  for (const path of paths)
    for await (const { grid, bits, structures } of structureGroups(backend, path, reference))
      for (const [n, { name }] of structures.entries()) {
        present.add(name);
        if (!names.some((wanted) => isSameStructure(wanted, name))) continue;
        const mask = maskOfBit(bits, n, grid);
        if (maskCount(mask) > 0) found.push({ name, voxels: { grid, mask } });
      }
  return { found, present };
}

function meantBy(wanted: string, found: readonly NamedVoxels[]): KeepOut[] {
  const exact = found.filter(({ name }) => name === wanted);
  const meant = exact.length > 0 ? exact : found.filter(({ name }) => isSameStructure(name, wanted));
  return meant.map(({ voxels }) => ({ what: 'protected', name: wanted, voxels }));
}
