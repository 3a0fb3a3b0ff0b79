import { sharedPath } from '@efface/test-data';
import { createMask } from '@efface/volume';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { CompanionAlteration } from '../../companion.ts';
import { hasProgram, hasPydicom, run } from '../../testing/other-software.ts';
import { readUids } from '../../testing/read-uids.ts';
import { temporaryFolder } from '../../testing/temp-folder.ts';
import { readDicomFile } from '../file.ts';
import { readStructureSet } from '../rt/structure-set.ts';
import { UidMap } from '../uid-map.ts';
import { companionOf } from './dicom-companion.ts';
import { companionKind } from './kinds.ts';

// Of MIRP, rt-utils and pydicom; the README beside them says from where.
const oracles = sharedPath('oracles/rtstruct');
const files = oracles === undefined ? [] : globSync('**/{RS,rt,rtdose*}.dcm', { cwd: oracles }).sort().map((name) => join(oracles, name)); // prettier-ignore

/** Nothing was removed. */
const NOTHING: CompanionAlteration = {
  clip: (contours) => ({
    contours: contours.map((contour, source) => ({ ...contour, source })),
    report: { areaRemovedMm2: 0, contoursTouched: 0, contoursEmptied: 0 },
  }),
  removed: {
    grid: { sizeIjk: [1, 1, 1], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] },
    mask: createMask([1, 1, 1]),
  },
  removedOn: ({ grid }) => Promise.resolve(createMask(grid.sizeIjk)),
  methodText: 'nothing',
  softwareVersion: 'test',
};

/** What dciodvfy objects to, without the value that it quotes. */
function errorsOf(path: string): string[] {
  const { stderr } = spawnSync('dciodvfy', [path], { encoding: 'utf8' });
  return stderr.split('\n').filter((line) => line.startsWith('Error')).map((line) => line.replaceAll(/<[^>]*>/g, '<>')); // prettier-ignore
}

const PIXELS_AND_CONTOURS = `
import sys, zlib, pydicom
d = pydicom.dcmread(sys.argv[1])
print(zlib.crc32(d.pixel_array.astype('<u4').tobytes()) if 'PixelData' in d else 0)
print([[[float(x) for x in c.ContourData][:3] for c in r.get('ContourSequence', [])] for r in d.get('ROIContourSequence', [])])
print(d.get('DoseGridScaling'), d.FrameOfReferenceUID if 'FrameOfReferenceUID' in d else '')
`;

describe.skipIf(files.length === 0)(
  `objects of other makers, written again${files.length === 0 ? ' (skipped: no ../shared)' : ''}`,
  () => {
    const { path: scratch, remove } = temporaryFolder();
    afterAll(remove);
    let nWritten = 0;
    it.each(files.map((path) => [path.slice(oracles?.length ?? 0), path]))('%s', async (_, path) => {
      const file = await readDicomFile(path);
      if ('error' in file) throw file.error;
      const kind = companionKind(file, false);
      expect(kind).toBe(basename(path).startsWith('rtdose') ? 'dose' : 'structure set');
      const destination = join(scratch, `${nWritten++}.dcm`);
      const { instance: own, referenced } = await readUids(path);
      const companion = companionOf(kind ?? 'uncleaned', file, { uids: new UidMap('k'), known: new Set([own]) });
      const refusal = path.includes('1frame') ? 'DICOM_TOO_FEW_SLICES' : path.includes('expb') ? 'DICOM_UNSUPPORTED_PIXELS' : undefined; // prettier-ignore
      if (refusal !== undefined) {
        await expect(companion.write(NOTHING, destination)).rejects.toMatchObject({ code: refusal });
        expect(existsSync(destination)).toBe(false);
        return;
      }
      const written = await companion.write(NOTHING, destination);
      const now = await readUids(destination);
      expect(now.instance).not.toBe(own);
      expect(now.referenced).toHaveLength(referenced.length);
      expect(now.referenced.filter((uid) => referenced.includes(uid))).toEqual([]);
      expect(written.danglingReferences).toBeLessThanOrEqual(new Set(referenced).size);
      if (kind === 'structure set') expect((await readStructureSet(destination)).regions).toEqual((await readStructureSet(path)).regions); // prettier-ignore
      if (hasProgram('dciodvfy') && kind === 'structure set') {
        const before = errorsOf(path);
        expect(errorsOf(destination).filter((error) => !before.includes(error))).toEqual([]);
      }
      if (hasPydicom() && !path.includes('rle')) {
        const look = (of: string): string => run('python3', ['-c', PIXELS_AND_CONTOURS, of]);
        expect(look(destination)).toBe(look(path));
      }
    });
  },
);
