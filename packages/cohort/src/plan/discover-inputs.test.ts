import { buildDicom, temporaryFolder } from '@efface/io/testing';
import { writeNifti } from '@efface/io';
import { type Grid, uniformRescale } from '@efface/volume';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { discoverInputs } from './discover-inputs.ts';

const { path: scratch, remove } = temporaryFolder();
afterAll(remove);
let root = '';
let count = 0;
beforeEach(() => {
  root = join(scratch, `input-${count++}`);
  mkdirSync(root);
});

const GRID: Grid = { sizeIjk: [2, 2, 2], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] };

function file(name: string, bytes: string | Uint8Array): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), bytes);
}

async function nifti(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    await writeNifti(join(root, name), { grid: GRID, type: 'i16', voxels: new Int16Array(8), rescale: uniformRescale(2, 1, 0), modality: 'MR', unit: 'arbitrary' }); // prettier-ignore
  }
}

const dicom = (name: string): void => file(name, buildDicom({ elements: [['00080060', 'CS', 'CT']] }));

describe('inputs of a folder', () => {
  it('are its NIfTI files, wherever they lie, sorted; other files are none', async () => {
    await nifti('b.nii.gz', 'deep/er/a.NII', 'a.nii', '.hidden/c.nii');
    file('notes.txt', 'no image');
    const { kind, inputs } = await discoverInputs(root);
    expect(kind).toBe('nifti');
    expect(inputs.map(({ name, path }) => [name, path])).toEqual([
      ['a', join(root, 'a.nii')],
      ['b', join(root, 'b.nii.gz')],
      ['deep_er_a', join(root, 'deep/er/a.NII')],
    ]);
  });

  it('have the modality that their names say, where those end as BIDS has them', async () => {
    await nifti('sub-01_T1w.nii.gz', 'sub-01_ct.nii', 'sub-01_pet.nii', 'IXI015_T1.nii', 'impact.nii');
    const { inputs } = await discoverInputs(root);
    expect(inputs.map(({ name, modality }) => [name, modality])).toEqual([
      ['IXI015_T1', undefined],
      ['impact', undefined],
      ['sub-01_T1w', 'MR'],
      ['sub-01_ct', 'CT'],
      ['sub-01_pet', 'PT'],
    ]);
  });

  it('are folders of DICOM, numbered: their names are those of patients', async () => {
    dicom('Müller^Anna/CT/1.dcm');
    dicom('Müller^Anna/RT/2.dcm');
    dicom('Doe^John/IM0001');
    await nifti('Doe^John/converted.nii', 'extra.nii');
    const { kind, inputs } = await discoverInputs(root);
    expect(kind).toBe('dicom');
    expect(inputs.map(({ name, subject, path }) => [name, subject, path])).toEqual([
      ['study-0001', 'study-0001', join(root, 'Doe^John')],
      ['study-0002', 'study-0002', join(root, 'Müller^Anna')],
      ['extra', 'extra', join(root, 'extra.nii')],
    ]);
  });

  it('are one where DICOM files lie directly in it', async () => {
    dicom('1.dcm');
    dicom('more/2.dcm');
    const { inputs } = await discoverInputs(root);
    expect(inputs).toEqual([{ name: 'study-1', subject: 'study-1', session: '', path: root }]);
  });

  it('are the images of a BIDS dataset, with subject, session and modality; masks are told', async () => {
    file('dataset_description.json', '{}');
    await nifti(
      'sub-02/anat/sub-02_T1w.nii.gz',
      'sub-01/ses-b/pet/sub-01_ses-b_pet.nii.gz',
      'sub-01/ses-a/anat/sub-01_ses-a_T1w.nii.gz',
      'sub-01/ses-a/anat/sub-01_ses-a_T1w_defacemask.nii.gz',
      'sub-01/ses-a/anat/sub-01_ses-a_part-phase_T1w.nii.gz',
      'sub-01/ses-a/func/sub-01_ses-a_bold.nii.gz',
      'derivatives/fs/sub-01/anat/sub-01_T1w.nii.gz',
    );
    file('sub-01/ses-a/anat/sub-01_ses-a_T1w.json', '{}');
    const { kind, inputs, leftOut } = await discoverInputs(root);
    expect(kind).toBe('bids');
    expect(inputs.map(({ name, subject, session, modality }) => [name, subject, session, modality])).toEqual([
      ['sub-01_ses-a_T1w', 'sub-01', 'ses-a', 'MR'],
      ['sub-01_ses-b_pet', 'sub-01', 'ses-b', 'PT'],
      ['sub-02_T1w', 'sub-02', '', 'MR'],
    ]);
    expect(leftOut.map(({ code }) => code)).toEqual(['BIDS_NO_HEAD', 'BIDS_NO_HEAD']);
  });

  it('are missed where there are none, or no folder', async () => {
    file('notes.txt', 'no image');
    await expect(discoverInputs(root)).rejects.toMatchObject({ code: 'INPUT_EMPTY', exit: 'inputNotFound' });
    await expect(discoverInputs(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  });
});

describe('a manifest', () => {
  it('in CSV names images, what belongs to them, and who they are of; paths are relative to it', async () => {
    file('lists/all.csv', '\ufeffsubject, session, path, modality, structures, dose\nP1,,../a.nii,CT,../s,\n\nP2,1,/abs/b.nii,,,d.nii\n'); // prettier-ignore
    const { kind, root: from, inputs } = await discoverInputs(join(root, 'lists/all.csv'));
    expect([kind, from]).toEqual(['manifest', join(root, 'lists')]);
    expect(inputs).toEqual([
      { name: 'P1', subject: 'P1', session: '', path: join(root, 'a.nii'), modality: 'CT', structures: join(root, 's') },
      { name: 'P2_1', subject: 'P2', session: '1', path: '/abs/b.nii', dose: join(root, 'lists/d.nii') },
    ]); // prettier-ignore
  });

  it('in JSON says the same', async () => {
    file('all.json', JSON.stringify([{ subject: 'P1', path: 'a.nii', session: '1' }]));
    const { inputs } = await discoverInputs(join(root, 'all.json'));
    expect(inputs).toEqual([{ name: 'P1_1', subject: 'P1', session: '1', path: join(root, 'a.nii') }]);
  });

  it.each([
    ['x.csv', 'subject,path\n', /x\.csv: has no row/],
    [
      'x.csv',
      'subject,path,age\nP1,a.nii,7\n',
      /row 1: column 3 is none that is known; the columns are subject, session, path/,
    ],
    ['x.csv', 'subject,path\nP1,a.nii\n,b.nii\n', /row 2: subject: /],
    ['x.csv', 'subject,path,modality\nP1,a.nii,XR\n', /row 1: modality: /],
    ['x.csv', 'subject,path\nP1,a.nii\nP1,a.nii\n', /row 2 repeats row 1/],
    ['x.csv', 'subject,path\nP1\n', /x\.csv: is no CSV table/],
    ['x.json', '[', /x\.json: is no JSON/],
    ['x.json', '{}', /x\.json: a list of rows was expected/],
    ['x.json', '[{"subject": 7, "path": "a"}]', /row 1: subject: /],
    ['x.txt', '', /x\.txt: .*a manifest in CSV or JSON .* was expected/],
  ])('%s of %j is refused', async (name, text, message) => {
    file(name, text);
    await expect(discoverInputs(join(root, name))).rejects.toThrow(message);
    await expect(discoverInputs(join(root, name))).rejects.toMatchObject({ name: 'ManifestError' });
  });
});
