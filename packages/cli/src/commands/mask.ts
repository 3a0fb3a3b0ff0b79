import { openGroups, planCase } from '@efface/cohort';
import { DefaceError, maskOfPlan, verdictOf } from '@efface/deface';
import { OutputFile, writeMaskNifti } from '@efface/io';
import { EXIT_CODES, maskCount, voxelVolumeMm3 } from '@efface/volume';
import { type ComputeOptions, type InputOptions, type OutputOptions, UsageError } from '../options.ts';
import { openProgress } from '../progress.ts';
import { exitOnSignals, withCliBackend } from '../session.ts';
import { type MethodOptions, methodsOf, protectionOf, templateOf } from './method-options.ts';
import { onlyGroup } from './only-group.ts';

/** Options of `efface mask`. */
export interface MaskOptions extends MethodOptions, InputOptions, ComputeOptions, OutputOptions {
  readonly output: string;
  readonly overwrite?: boolean;
}

/** Writes the mask of what a method would remove from the input, or from the image chosen by `--series`. */
export async function mask(input: string, options: MaskOptions): Promise<void> {
  if (!/\.nii(\.gz)?$/i.test(options.output))
    throw new UsageError(`--output ${options.output}: the mask is a NIfTI file; the name must end in .nii or .nii.gz`);
  if (options.method === 'auto')
    throw new UsageError('--method auto takes what passes verification, and a mask is not verified; name a method');
  const { method } = methodsOf(options);
  const protection = protectionOf(options);
  const template = await templateOf(options);
  const study = await openGroups(input, options);
  const group = onlyGroup(input, study);
  exitOnSignals(options.json === true);
  await using output = await OutputFile.create(options.output, {
    overwrite: options.overwrite === true,
    inputs: [input, ...[options.brainMask, options.structures].filter((path) => path !== undefined)],
  });
  const progress = openProgress({ quiet: options.quiet === true, json: options.json === true });
  const result = await withCliBackend(options, async (backend) => {
    try {
      const { scan, plan, findings } = await planCase(backend, group, {
        method,
        ...template,
        ...protection,
        ...(options.brainMask === undefined ? {} : { brainMaskPath: options.brainMask }),
        seed: options.seed,
        onProgress: (stage, share) => progress.step({ stage, done: Math.round(100 * share), total: 100 }),
      });
      if (!plan) {
        const reason = findings.find((finding) => finding.severity === 'fail');
        throw new DefaceError(reason?.code ?? 'NO_PLAN', `${input}: ${reason?.message ?? 'no mask can be made'}`);
      }
      const planned = await maskOfPlan(backend, plan, scan.volume);
      await writeMaskNifti(output.path, scan, planned.mask);
      const nVoxels = maskCount(planned.mask);
      return { nVoxels, ml: (nVoxels * voxelVolumeMm3(scan.volume.grid)) / 1000, findings, measured: plan.measured };
    } finally {
      progress.end();
    }
  });
  await output.commit();
  if (options.json) process.stdout.write(`${JSON.stringify({ output: options.output, ...result }, null, 2)}\n`);
  else {
    const lines = [`${options.output}: ${result.nVoxels} voxels, ${result.ml.toFixed(0)} ml`];
    for (const { severity, message, code } of result.findings) lines.push(`  ${severity}: ${message} [${code}]`);
    process.stdout.write(`${lines.join('\n')}\n`);
  }
  // The mask is there to be looked at whatever was found; the code says that deface would refuse.
  if (verdictOf(result.findings) === 'fail') process.exitCode = EXIT_CODES.verificationFailed.code;
}
