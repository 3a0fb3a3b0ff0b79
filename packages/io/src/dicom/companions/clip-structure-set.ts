import { type CompanionAlteration, drawsSurface, type RegionClip } from '../../companion.ts';
import { bytesElement, type DataSet, sequenceElement, textElement } from '../data-set.ts';
import { contourOf, structureSetOf } from '../rt/structure-set.ts';
import { TAG } from '../tags.ts';

/** Decimals of clipped coordinates, mm. A decimal string has 16 characters at most (PS3.5 section 6.2). */
const DECIMALS = 3;

/**
 * Clips the regions of a structure set that draw the surface of the body, in place. A region that loses all its contours keeps
 * its item; the stated volume of a clipped one is dropped. Other regions, and untouched contours, stay as they are.
 * @throws DicomError as `readStructureSet`
 */
export function clipStructureSet(dataSet: DataSet, clip: CompanionAlteration['clip']): RegionClip[] {
  const surfaces = new Set(
    structureSetOf(dataSet)
      .regions.filter(drawsSurface)
      .map(({ number }) => number),
  );
  const clips: RegionClip[] = [];
  const regions = dataSet.items(TAG.roiContourSequence).map((region) => {
    const number = region.number(TAG.referencedRoiNumber);
    const items = region.items(TAG.contourSequence);
    if (!surfaces.has(number) || items.length === 0) return region;
    const { contours, report } = clip(items.map((item) => contourOf(item, number)));
    if (report.contoursTouched === 0) return region;
    clips.push({ region: number, ...report });
    const out = region.clone();
    if (contours.length === 0) out.delete(TAG.contourSequence);
    else out.set(sequenceElement(TAG.contourSequence, contours.map((contour) => withPoints(items[contour.source], contour.pointsLps)))); // prettier-ignore
    return out;
  });
  if (clips.length === 0) return clips;
  dataSet.set(sequenceElement(TAG.roiContourSequence, regions));
  const clipped = new Set(clips.map(({ region }) => region));
  const named = dataSet.items(TAG.structureSetRoiSequence).map((item) => {
    if (!clipped.has(item.number(TAG.roiNumber))) return item;
    const out = item.clone();
    out.delete(TAG.roiVolume);
    return out;
  });
  dataSet.set(sequenceElement(TAG.structureSetRoiSequence, named));
  return clips;
}

function withPoints(item: DataSet, pointsLps: Float64Array): DataSet {
  const before = item.numbers(TAG.contourData);
  if (before.length === pointsLps.length && before.every((value, n) => value === pointsLps[n])) return item;
  const out = item.clone();
  // Numbers and links of contours name one contour each; parts of one would share them.
  out.delete(TAG.contourNumber);
  out.delete(TAG.attachedContours);
  out.set(textElement(TAG.numberOfContourPoints, 'IS', String(pointsLps.length / 3)));
  const text = Array.from(pointsLps, (mm) => String(Number(mm.toFixed(DECIMALS)))).join('\\');
  out.set(bytesElement(TAG.contourData, 'DS', Buffer.from(text, 'latin1')));
  return out;
}
