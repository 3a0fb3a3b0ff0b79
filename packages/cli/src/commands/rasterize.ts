import { openImage, rasterizeStructures } from '@efface/cohort';
import { EXIT_CODES, voxelVolumeMm3 } from '@efface/volume';
import { type ComputeOptions, type InputOptions } from '../options.ts';
import { exitOnSignals, withCliBackend } from '../session.ts';

/** Options of `efface rasterize`. */
export interface RasterizeCommandOptions extends InputOptions, ComputeOptions {
  readonly reference: string;
  readonly output: string;
  readonly packed?: boolean;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** Writes structures as masks on the grid of an image. */
export async function rasterize(structures: string, options: RasterizeCommandOptions): Promise<void> {
  const { reference, output, packed = false, overwrite = false, json = false } = options;
  exitOnSignals(json);
  const image = await openImage(reference, options);
  const drawn = await withCliBackend(options, (backend) =>
    rasterizeStructures(backend, structures, image, output, { overwrite, packed, inputs: [structures, reference] }),
  );
  // The others are there; the one that has nothing is named below.
  if (drawn.some(({ voxelCount }) => voxelCount === 0)) process.exitCode = EXIT_CODES.someFailed.code;
  if (json) {
    process.stdout.write(`${JSON.stringify({ output, structures: drawn }, null, 2)}\n`);
    return;
  }
  const ml = voxelVolumeMm3(image.grid) / 1000;
  for (const { file, label, voxelCount, drawn: report } of drawn) {
    const where = packed ? `${file} bit ${label}` : file;
    const left = report === undefined || report.leftOut.length === 0 ? '' : `; ${leftOutText(report.leftOut)}`;
    process.stdout.write(`${where}: ${voxelCount} voxels, ${(voxelCount * ml).toFixed(1)} ml${left}\n`);
  }
}

function leftOutText(leftOut: readonly { readonly reason: string }[]): string {
  const counts = new Map<string, number>();
  for (const { reason } of leftOut) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, n]) => `${n} ${n === 1 ? 'contour' : 'contours'} left out: ${reason}`).join(', ');
}
