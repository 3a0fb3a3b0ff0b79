import { type Affine } from '@efface/volume';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether plastimatch is installed. */
export function plastimatchPresent(): boolean {
  return spawnSync('plastimatch', ['--version']).status === 0;
}

/** Runs `work` with a folder that is gone afterwards. */
export async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'efface-registration-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * What plastimatch finds from fixed.nii.gz to moving.nii.gz of a folder: centres on each other, then a rigid map by mutual information at
 * 8, 4 and 2 mm.
 */
export function plastimatchRigid(folder: string): Affine {
  const stage = (mm: number): string =>
    `[STAGE]\nxform=rigid\noptim=versor\nimpl=itk\nmetric=mi\nmi_histogram_bins=32\nmax_its=100\nres_mm=${mm} ${mm} ${mm}\n`;
  writeFileSync(
    join(folder, 'command.txt'),
    `[GLOBAL]\nfixed=fixed.nii.gz\nmoving=moving.nii.gz\nxform_out=found.tfm\n[STAGE]\nxform=align_center\n${stage(8)}${stage(4)}${stage(2)}`,
  );
  const { status, stderr } = spawnSync('plastimatch', ['register', 'command.txt'], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`plastimatch register failed: ${stderr.slice(0, 500)}`);
  return rigidOf(readFileSync(join(folder, 'found.tfm'), 'utf8'));
}

/** The map of an ITK VersorRigid3DTransform: vector part of the versor, shift, centre. */
function rigidOf(text: string): Affine {
  const numbers = (name: string): number[] => {
    const line = new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1];
    if (line === undefined) throw new Error(`no ${name} in an ITK transform`);
    return line.trim().split(/\s+/).map(Number);
  };
  const [x, y, z, ...shift] = numbers('Parameters');
  const centre = numbers('FixedParameters');
  const w = Math.sqrt(Math.max(0, 1 - x * x - y * y - z * z));
  const r = [
    1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w),
    2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w),
    2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y),
  ]; // prettier-ignore
  return [0, 1, 2].flatMap((row) => {
    const line = r.slice(3 * row, 3 * row + 3);
    return [...line, shift[row] + centre[row] - line.reduce((sum, v, d) => sum + v * centre[d], 0)];
  });
}
