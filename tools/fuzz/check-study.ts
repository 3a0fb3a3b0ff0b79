import {
  type Alteration, type Companion, type OpenOptions, openScan, openStudy, OutputFolder, readDose, readSegmentation, readStructureSet, type Scan, type StudyEntry,
} from '@efface/io'; // prettier-ignore
import { buildNifti, UNIT_SFORM } from '@efface/io/testing';
import { createMask, type Grid, type Mask, maskHas, type Volume, voxelCount } from '@efface/volume';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Dice } from './dice.ts';
import { type FuzzInput } from './fuzz-case.ts';
import { type Findings } from './problems.ts';

/** What an affine may change by being written as decimal text of 16 characters: mm, and as a share of its largest number. */
const SAME_PLACE_MM = 1e-6;
const SAME_PLACE = 1e-9;

const ANCHOR = buildNifti({ dim: [3, 1, 1, 1], datatype: 2, sform: UNIT_SFORM, voxels: new Uint8Array(1) });

/** Opens what is there, writes altered copies of what opens, and reads them again. */
export async function checkStudy(input: FuzzInput, output: string, dice: Dice, findings: Findings): Promise<void> {
  const study = await findings.step('open', input.path, () => openStudy(input.path, input.options));
  if (!study) return;
  for (const { code, message } of study.skipped) findings.message(`skipped ${code}`, message, input.path);
  input.meanwhile?.();
  for (const [n, entry] of study.entries.entries()) await checkEntry(entry, n, input, output, dice, findings);
  for (const [n, companion] of study.companions.entries())
    await checkCompanion(companion, join(output, `object-${n}`), input, findings);
}

async function checkEntry(
  entry: StudyEntry,
  n: number,
  input: FuzzInput,
  output: string,
  dice: Dice,
  findings: Findings,
): Promise<void> {
  const { refusal } = entry;
  if (refusal) findings.message(`refusal ${refusal.code}`, refusal.message, input.path);
  const scan = await findings.step('load', input.path, () => entry.open());
  if (!scan) return;
  if (refusal && !input.meanwhile) findings.problem(`refused with ${refusal.code}, yet it opens`);
  try {
    JSON.stringify(scan.describe());
  } catch (error) {
    findings.problem(`describe: ${String(error)}`);
  }
  for (const { code, message } of scan.warnings) findings.message(`warning ${code}`, message, input.path);
  const alteration = smallAlteration(scan, dice);
  const folder = await OutputFolder.create(join(output, `image-${n}`), { inputs: [input.path] });
  const staged = await folder.path(`image${scan.outputExtension}`);
  // A failure of the disk names the output, one of the input the input; either will do.
  const written = await findings.step('write', '/', () => scan.write(alteration, staged));
  if (!written) return folder.abort();
  for (const { code, message } of written.warnings) findings.message(`note ${code}`, message, input.path);
  await folder.commit();
  const path = join(output, `image-${n}`, `image${scan.outputExtension}`);
  const options: OpenOptions = {
    allowUnknownOrientation: true,
    ...(scan.kind === 'nifti' ? { modality: scan.volume.modality } : {}),
  };
  try {
    const again = await openScan(path, options);
    for (const difference of compareScans(scan, again, alteration)) findings.problem(`written again: ${difference}`);
    findings.outcome(`written: ${scan.kind}`);
  } catch (error) {
    findings.problem(`what was written does not open: ${String(error)}`);
  }
}

/** A few voxels of every frame become 0 by a constant, or other values of the image. */
function smallAlteration(scan: Scan, dice: Dice): Alteration {
  const { sizeIjk } = scan.volume.grid;
  const mask = createMask(sizeIjk);
  const count = dice.between(1, 5);
  for (let n = 0; n < count; n++) {
    const [i, j, k] = sizeIjk.map((size) => dice.int(size));
    mask.words[(k * sizeIjk[1] + j) * mask.wordsPerRow + (i >>> 5)] |= 1 << (i & 31);
  }
  const fill: Alteration['fill'] = dice.chance(0.5)
    ? { kind: 'constant', storedPerK: scan.frames.map(() => new Float64Array(sizeIjk[2])) }
    : { kind: 'voxels', voxels: scan.frames.map(({ voxels }) => voxels.slice().fill(voxels[0] as never)) };
  return { mask, fill, methodText: 'fuzz', softwareVersion: '0', verified: dice.chance(0.5) };
}

/** What differs between a scan and its altered copy besides the altered voxels. */
function compareScans(before: Scan, after: Scan, { mask, fill }: Alteration): string[] {
  const out: string[] = [];
  if (before.frames.length !== after.frames.length)
    return [`${before.frames.length} frames became ${after.frames.length}`];
  for (const [f, frame] of before.frames.entries()) {
    const again = after.frames[f];
    out.push(...compareGrids(frame.grid, again.grid));
    if (out.length > 0) return out;
    if (frame.type !== again.type) return [`${frame.type} became ${again.type}`];
    if (frame.rescale.slopePerK.some((slope, k) => slope !== again.rescale.slopePerK[k])) out.push('other slopes');
    if (frame.rescale.interceptPerK.some((value, k) => value !== again.rescale.interceptPerK[k]))
      out.push('other intercepts');
    const wanted = fill.kind === 'voxels' ? fill.voxels[f] : undefined;
    out.push(...compareVoxels(frame, again, mask, wanted));
  }
  if (before.frameOfReferenceUid !== after.frameOfReferenceUid) out.push('another frame of reference');
  return out;
}

function compareGrids(a: Grid, b: Grid): string[] {
  if (a.sizeIjk.join() !== b.sizeIjk.join()) return [`the size ${a.sizeIjk.join('×')} became ${b.sizeIjk.join('×')}`];
  const scale = Math.max(1, ...a.affineIjkToLps.map(Math.abs));
  const moved = a.affineIjkToLps.findIndex(
    (value, n) => !(Math.abs(value - b.affineIjkToLps[n]) <= SAME_PLACE_MM + SAME_PLACE * scale),
  );
  return moved < 0 ? [] : [`the affine ${a.affineIjkToLps.join()} became ${b.affineIjkToLps.join()}`];
}

function compareVoxels(a: Volume, b: Volume, mask: Mask, wanted: Volume['voxels'] | undefined): string[] {
  const width = a.voxels.BYTES_PER_ELEMENT;
  const [one, other] = [a.voxels, b.voxels].map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)); // prettier-ignore
  if (voxelCount(a.grid) * width !== other.length) return ['another number of voxels'];
  const inside = wanted ? Buffer.from(wanted.buffer as ArrayBuffer, wanted.byteOffset, wanted.byteLength) : Buffer.alloc(one.length); // prettier-ignore
  const [ni, nj, nk] = a.grid.sizeIjk;
  for (let k = 0, at = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, at += width) {
        const isAltered = maskHas(mask, i, j, k);
        if (other.compare(isAltered ? inside : one, at, at + width, at, at + width) !== 0)
          return [`the voxel ${i},${j},${k} ${isAltered ? 'was not altered' : 'changed'}`];
      }
  return [];
}

/** Reads an object beside the images in full, writes it with a part cut off, and opens what was written. */
async function checkCompanion(
  companion: Companion,
  output: string,
  input: FuzzInput,
  findings: Findings,
): Promise<void> {
  const { kind, path } = companion;
  if (kind === 'structure set') await findings.step('structure set', path, () => readStructureSet(path));
  if (kind === 'dose') await findings.step('dose', path, () => readDose(path));
  if (kind === 'segmentation')
    await findings.step('segmentation', path, async () => {
      const segmentation = await readSegmentation(path);
      for (const { number } of segmentation.segments) segmentation.mask(number);
    });
  mkdirSync(output);
  // A folder of objects alone holds no image and is not opened.
  writeFileSync(join(output, 'image.nii'), ANCHOR);
  const grid: Grid = { sizeIjk: [4, 4, 4], affineIjkToLps: [3, 0, 0, -2, 0, 3, 0, -2, 0, 0, 3, -2] };
  const written = await findings.step(`write ${kind}`, '/', () =>
    companion.write(
      {
        // All but the first contour, as if the others lay in what was removed.
        clip: (contours) => ({
          contours: contours.slice(0, 1).map((contour) => ({ ...contour, source: 0 })),
          report: { areaRemovedMm2: 1, contoursTouched: contours.length - 1, contoursEmptied: contours.length - 1 },
        }),
        removed: { grid, mask: oneRow(grid) },
        removedOn: async (dose) => oneRow(dose.grid),
        methodText: 'fuzz',
        softwareVersion: '0',
      },
      join(output, 'object.dcm'),
    ),
  );
  if (!written) return;
  for (const { code, message } of written.warnings) findings.message(`note ${code}`, message, input.path);
  try {
    const again = await openStudy(output, { allowUncleaned: true });
    if (again.companions[0]?.kind !== kind)
      findings.problem(`a ${kind} was written as ${again.companions[0]?.kind ?? 'none'}`);
    findings.outcome(`written: ${kind}`);
  } catch (error) {
    findings.problem(`the ${kind} that was written does not open: ${String(error)}`);
  }
}

function oneRow({ sizeIjk }: Grid): Mask {
  const mask = createMask(sizeIjk);
  mask.words[0] = 1;
  return mask;
}
