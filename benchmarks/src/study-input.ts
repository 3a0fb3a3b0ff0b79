// The manifest of a study on every real head of the shared data and on generated ones: T1 of IXI, planning CTs of OpenKBP with their
// structures and dose, the DICOM sets, and generated people: DICOM with twelve structures and dose, in a mask shell and, of other
// people, without one, which hides the face from detectors; and T1.
// node benchmarks/src/study-input.ts OUT [--studies 60] [--bare 25] [--t1 25]      then: efface study OUT/manifest.csv STUDY --methods …
import { writeNifti, writeStudy } from '@efface/io';
import { generateHead, generateStudy, sharedPath } from '@efface/test-data';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { sharedStudies } from './shared-dicom.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    studies: { type: 'string', default: '60' },
    bare: { type: 'string', default: '25' },
    t1: { type: 'string', default: '25' },
  },
});
const [folder] = positionals;
if (positionals.length !== 1) throw new Error(`one folder, please; see the head of ${import.meta.filename}`);
const out = resolve(folder);
mkdirSync(out);

/** Of the generated people; those of the templates that are shipped are below. */
const FIRST_SEED = 1000;
const FIRST_BARE_SEED = 2000;

/** Bits of the collection's volumes by the names of the 2023 study; the highest dose level is its target. */
const OPENKBP_BITS = {
  encoding: 'bits',
  names: {
    0: 'Brainstem', 1: 'SpinalCord', 2: 'Parotid_R', 3: 'Parotid_L', 4: 'Esophagus', 5: 'Larynx', 6: 'Bone_Mandible', 7: 'PTV56',
    8: 'PTV63', 9: 'Target', 10: 'possible_dose_mask',
  },
}; // prettier-ignore

const rows: (readonly [subject: string, path: string, modality?: string, structures?: string, dose?: string])[] = [];

const t1 = sharedPath('data/ixi_t1_2mm/T1');
for (const file of t1 === undefined ? [] : readdirSync(t1).sort())
  if (file.endsWith('.nii.gz')) rows.push([file.slice(0, 6), join(t1 ?? '', file), 'MR']);

const kbp = sharedPath('data/openkbp_ct_rt');
for (const patient of kbp === undefined ? [] : readdirSync(kbp).sort()) {
  if (!patient.startsWith('pt_')) continue;
  const [ct, dose, bits] = ['ct', 'dose', 'structures_bits'].map((name) => join(kbp ?? '', patient, `${name}.nii.gz`));
  const own = join(out, 'openkbp', patient);
  mkdirSync(own, { recursive: true });
  copyFileSync(bits, join(own, 'structures.nii.gz'));
  writeFileSync(join(own, 'structures.labels.json'), JSON.stringify(OPENKBP_BITS));
  rows.push([`openkbp-${patient}`, ct, 'CT', join(own, 'structures.nii.gz'), dose]);
}

for (const [name, path] of sharedStudies(join(out, 'shared'))) rows.push([name, path]);

for (const [first, count, devices] of [[FIRST_SEED, values.studies, true], [FIRST_BARE_SEED, values.bare, false]] as const)
  for (let seed = first; seed < first + Number(count); seed++) {
    const own = join(out, 'generated', `study-${seed}`);
    mkdirSync(own, { recursive: true });
    await writeStudy(own, generateStudy({ seed, ctSpacingMm: [2, 2, 2.5], ctOnly: true, devices }));
    rows.push([`generated-${devices ? 'ct' : 'bare-ct'}-${seed}`, own]);
  } // prettier-ignore
for (let seed = FIRST_SEED; seed < FIRST_SEED + Number(values.t1); seed++) {
  const path = join(out, 'generated', `t1-${seed}.nii.gz`);
  await writeNifti(path, generateHead({ seed, contrast: 't1', spacingMm: [2, 2, 2] }).volume);
  rows.push([`generated-t1-${seed}`, path, 'MR']);
}

const manifest = join(out, 'manifest.csv');
writeFileSync(manifest, `subject,path,modality,structures,dose\n${rows.map((row) => [0, 1, 2, 3, 4].map((n) => row[n] ?? '').join(',')).join('\n')}\n`); // prettier-ignore
console.log(`${manifest}: ${rows.length} heads`);
