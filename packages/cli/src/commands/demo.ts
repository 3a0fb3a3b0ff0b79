import { writeNifti } from '@efface/io';
import { generateHead, sharedPath } from '@efface/test-data';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ComputeOptions, type OutputOptions } from '../options.ts';
import { type NetworkOptions } from '../networks.ts';
import { deface } from './deface.ts';

/** Options of `efface demo`. */
export interface DemoOptions extends NetworkOptions, ComputeOptions, OutputOptions {
  readonly generated?: boolean;
  readonly seed: number;
  readonly overwrite?: boolean;
}

/** A real head of the shared data set, when it lies beside the checkout. */
const REAL_HEAD = 'data/ixi_t1_2mm/T1/IXI015-HH-1258_T1.nii.gz';

/** Defaces a head with quickshear and says where the pictures are. */
export async function demo(output: string, options: DemoOptions): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'efface-demo-'));
  try {
    const real = options.generated ? undefined : sharedPath(REAL_HEAD);
    const input = real ?? join(scratch, `generated-head-${options.seed}.nii.gz`);
    if (real === undefined) {
      if (!options.quiet) process.stderr.write(`no data at hand: generating head ${options.seed}, CT\n`);
      await writeNifti(input, generateHead({ seed: options.seed, contrast: 'ct', spacingMm: [1, 1, 1] }).volume);
    }
    await deface(input, output, {
      ...options,
      method: 'quickshear',
      rule: 'robust',
      seed: 0,
      pictures: true,
      verify: 'fast',
    });
    if (!options.json) process.stdout.write(`\nBefore is above, after below: ${join(output, 'qc', 'renders.png')}\n`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
