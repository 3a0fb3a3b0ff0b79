import type { Backend } from '@efface/compute';
import { maskOfPlan } from '@efface/deface';
import { openScan, type OutputFolder } from '@efface/io';
import type { RecordCompanion } from '@efface/report';
import { maskHas } from '@efface/volume';
import { recordFiles } from '../hashes.ts';
import type { RemovedFace } from './write-companions.ts';

/**
 * Writes a dose that is no RT Dose with 0 where the face was, in its own format, type and scaling; every other value keeps its
 * bits. It lies in the image's patient coordinates, on any grid.
 * @param output without it nothing is written (a dry run)
 * @throws what `openScan` throws, OutputError
 */
export async function writeDoseFile(
  backend: Backend,
  path: string,
  { plan, alteration }: RemovedFace,
  output: OutputFolder | undefined,
): Promise<RecordCompanion> {
  const scan = await openScan(path, { modality: 'OT' });
  const { mask } = await maskOfPlan(backend, plan, scan.volume);
  const { sizeIjk: [ni, nj, nk] } = scan.volume.grid; // prettier-ignore
  const { slopePerK, interceptPerK } = scan.volume.rescale;
  const storedZeroPerK = slopePerK.map((slope, k) => Math.round(-interceptPerK[k] / slope));
  let zeroedVoxels = 0;
  for (let k = 0, n = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, n++)
        if (maskHas(mask, i, j, k) && Number(scan.volume.voxels[n]) !== storedZeroPerK[k]) zeroedVoxels++;
  const files: string[] = [];
  if (output) {
    const destination = await output.path(`dose${scan.outputExtension}`);
    const fill = { kind: 'constant', storedPerK: scan.frames.map(() => storedZeroPerK) } as const;
    const written = await scan.write({ ...alteration, mask, fill }, destination);
    files.push(...written.files);
  }
  return {
    kind: 'dose',
    input: await recordFiles([path]),
    output: await recordFiles(files),
    danglingReferences: 0,
    clippedRegions: [],
    zeroedVoxels,
    warnings: [],
  };
}
