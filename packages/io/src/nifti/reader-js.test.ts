import { type NIFTI1, type NIFTI2, readHeader, readImage } from 'nifti-reader-js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sharedPath } from '@efface/test-data';
import { compose, LPS_TO_RAS } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { voxelBytes } from '../alter.ts';
import { openNifti } from './nifti-scan.ts';

/** A second reader; its qform handling differs from the standard (it lets the larger code win), so sform files only. */
function readWithReaderJs(path: string): { header: NIFTI1 | NIFTI2; image: ArrayBuffer } {
  const raw = readFileSync(path);
  const plain = Uint8Array.from(path.endsWith('.gz') ? gunzipSync(raw) : raw).buffer;
  const header = readHeader(plain);
  return { header, image: readImage(header, plain) };
}

const FILES = [
  'ixi_t1_2mm/T1/IXI015-HH-1258_T1.nii.gz',
  'ixi_t1_2mm/DLMUSE/IXI015-HH-1258_T1_DLMUSE.nii.gz',
  'openkbp_ct_rt/pt_101/ct.nii.gz',
  'openkbp_ct_rt/pt_101/dose.nii.gz',
  'openkbp_ct_rt/pt_101/structures_bits.nii.gz',
].map((name) => sharedPath(join('data', name)));

describe.skipIf(FILES.includes(undefined))(
  'nifti-reader-js agrees (needs the shared data set beside the checkout)',
  () => {
    it.each(FILES.filter((path) => path !== undefined))('on %s', async (path) => {
      const theirs = readWithReaderJs(path);
      const scan = await openNifti(path);
      expect(theirs.header.sform_code).toBeGreaterThanOrEqual(theirs.header.qform_code);
      expect(scan.volume.grid.sizeIjk).toEqual(theirs.header.dims.slice(1, 4));
      expect(scan.header.voxOffsetBytes).toBe(theirs.header.vox_offset);
      expect(scan.header.slope).toBe(theirs.header.scl_slope);
      expect(scan.header.intercept).toBe(theirs.header.scl_inter);
      const ras = compose(LPS_TO_RAS, scan.volume.grid.affineIjkToLps);
      // Adding 0 makes −0 to 0.
      const theirRas = theirs.header.affine.slice(0, 3).flat();
      expect(ras.map((v) => v + 0)).toEqual(theirRas.map((v) => v + 0));
      expect(Buffer.from(theirs.image).equals(Buffer.from(voxelBytes(scan.volume.voxels)))).toBe(true);
    });
  },
);
