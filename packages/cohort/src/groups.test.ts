import { type StudyEntry } from '@efface/io';
import { describe, expect, it } from 'vitest';
import { groupByFrameOfReference, safeName, uniqueName } from './groups.ts';

function entry(parts: Partial<StudyEntry> & Pick<StudyEntry, 'id'>): StudyEntry {
  return {
    kind: 'dicom', label: 'T1', aliases: ['2'], modality: 'MR', nFiles: 10, files: [],
    open: () => Promise.reject(new Error('not opened here')), ...parts,
  }; // prettier-ignore
}

describe('groups', () => {
  it('share a frame of reference, the CT first, then the larger image', () => {
    const groups = groupByFrameOfReference({
      entries: [
        entry({ id: 'pet', modality: 'PT', frameOfReferenceUid: 'A', nFiles: 300 }),
        entry({ id: 'other', frameOfReferenceUid: 'B' }),
        entry({ id: 'ct', modality: 'CT', frameOfReferenceUid: 'A', nFiles: 90 }),
        entry({ id: 'ct-2', modality: 'CT', frameOfReferenceUid: 'A', nFiles: 120 }),
        entry({ id: 'bad', frameOfReferenceUid: 'A', refusal: { code: 'X', message: 'x' } }),
      ],
      companions: [],
      skipped: [],
    });
    expect(groups.map((group) => group.entries.map(({ id }) => id))).toEqual([['ct-2', 'ct', 'pet'], ['other']]);
    expect(groups.map(({ name }) => name)).toEqual(['series-2', 'series-2-2']);
  });

  it('keep images without a frame of reference apart', () => {
    const entries = [
      entry({ id: 'a.nii', kind: 'nifti', label: 'a.nii' }),
      entry({ id: 'b.nii', kind: 'nifti', label: 'b.nii' }),
    ];
    expect(groupByFrameOfReference({ entries, companions: [], skipped: [] }).map(({ name }) => name)).toEqual([
      'a',
      'b',
    ]);
  });

  it('never name a folder after anything but a file or a number', () => {
    expect(safeName({ kind: 'dicom', label: 'Doe^Jane', aliases: ['1.2.840.1'] })).toBe('series');
    expect(safeName({ kind: 'nifti', label: '../e vil.nii.gz', aliases: [] })).toBe('__e_vil');
    const used = new Set<string>();
    expect([1, 2, 3].map(() => uniqueName('x', used))).toEqual(['x', 'x-2', 'x-3']);
  });
});
