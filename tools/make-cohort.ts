// Writes a cohort of generated people, who are nobody, to measure on.
// node tools/make-cohort.ts OUT [--heads 25] [--first-seed 1000] [--contrast ct|t1|…]… [--spacing-mm 2]   NIfTI, a folder a contrast,
// and brains/, where the brain of each is
// node tools/make-cohort.ts OUT --studies [--bare] [--heads 25] [--first-seed 1000] [--spacing-mm 2]   DICOM: CT, RTSTRUCT,
// RTPLAN, RTDOSE, SEG; bare is without couch and mask shell, which hides the face from detectors
import { writeNifti, writeStudy } from '@efface/io';
import { CONTRASTS, generateHead, generateStudy } from '@efface/test-data';
import { type Mask, maskToBytes, uniformRescale, type Volume } from '@efface/volume';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    heads: { type: 'string', default: '25' },
    'first-seed': { type: 'string', default: '1000' },
    contrast: { type: 'string', multiple: true, default: ['ct', 't1'] },
    'spacing-mm': { type: 'string', default: '2' },
    studies: { type: 'boolean', default: false },
    bare: { type: 'boolean', default: false },
  },
});

/** A mask as an image of 0 and 1. */
function labelsOf({ grid }: Volume, mask: Mask): Volume {
  const rescale = uniformRescale(grid.sizeIjk[2], 1, 0);
  return { grid, type: 'u8', voxels: maskToBytes(mask), rescale, modality: 'OT', unit: 'arbitrary' };
}

function positive(name: 'heads' | 'spacing-mm' | 'first-seed'): number {
  const value = Number(values[name]);
  if (!(value > 0)) throw new Error(`--${name} ${values[name]}: must be a number above 0`);
  return value;
}

const [out] = positionals;
if (positionals.length !== 1) throw new Error(`one folder, please; see the head of ${import.meta.filename}`);
if (existsSync(out)) throw new Error(`${out}: is there already`);
const [heads, first, mm] = [positive('heads'), positive('first-seed'), positive('spacing-mm')];
const contrasts = values.contrast.map((name) => {
  const contrast = CONTRASTS.find((known) => known === name);
  if (contrast === undefined) throw new Error(`--contrast ${name}: there are ${CONTRASTS.join(', ')}`);
  return contrast;
});

for (let seed = first; seed < first + heads; seed++) {
  if (values.studies) {
    const folder = join(out, `study-${seed}`);
    mkdirSync(folder, { recursive: true });
    await writeStudy(folder, generateStudy({ seed, ctSpacingMm: [mm, mm, mm], ctOnly: true, devices: !values.bare })); // prettier-ignore
    continue;
  }
  for (const contrast of contrasts) {
    mkdirSync(join(out, contrast), { recursive: true });
    const { volume, truth } = generateHead({ seed, contrast, spacingMm: [mm, mm, mm] });
    await writeNifti(join(out, contrast, `head-${seed}.nii.gz`), volume);
    mkdirSync(join(out, 'brains'), { recursive: true });
    // Every contrast of a person is on one grid.
    await writeNifti(join(out, 'brains', `head-${seed}_brain.nii.gz`), labelsOf(volume, truth.brain));
  }
}
console.log(`${heads} generated people, seeds ${first} to ${first + heads - 1}: ${out}`);
