import { add, cross, scale, type Volume } from '@efface/volume';
import { DicomError } from './errors.ts';
import { type DicomFile, readDicomFile } from './file.ts';
import { checkPixelBytes, pixelFormatOf, RT_DOSE, type Slice, sliceFrom } from './instance.ts';
import { readStackVoxels } from './pixels.ts';
import { stackSlices } from './stack.ts';
import { TAG } from './tags.ts';

/** Dose Units and what a volume calls them. */
const UNITS: Readonly<Record<string, string>> = { GY: 'Gy', RELATIVE: 'relative' };

/** First offset and z of the first plane differ by less, mm, when offsets are positions. */
const ABSOLUTE_TOLERANCE_MM = 0.01;

/**
 * The dose grid of an RT Dose file as a volume, its unit `Gy` or `relative`. Planes may stand in any order along either direction of the normal
 * (Grid Frame Offset Vector, PS3.3 section C.8.8.3.2, both forms); they come sorted.
 * @throws DicomError when the file is no RT Dose or its planes are no evenly spaced stack;
 * InputNotFoundError when it is not there
 */
export async function readDose(path: string): Promise<Volume> {
  const file = await readDicomFile(path);
  if ('error' in file) throw file.error;
  const { dataSet } = file;
  if (dataSet.text(TAG.sopClassUid) !== RT_DOSE)
    throw new DicomError('DICOM_NOT_VOLUMETRIC', path, 'is no RT Dose; name the RTDOSE file of the study');
  const units = dataSet.text(TAG.doseUnits) ?? '';
  if (!(units in UNITS))
    throw new DicomError('DICOM_BAD_FIELD', path, `(3004,0002) Dose Units is ${JSON.stringify(units)}, not GY or RELATIVE`); // prettier-ignore
  const { slices, grid } = stackSlices(planesOf(file), path);
  const { voxels } = await readStackVoxels(slices, path);
  const slopePerK = Float64Array.from(slices, ({ slope }) => slope);
  const interceptPerK = new Float64Array(slices.length);
  const { type } = slices[0].format;
  return { grid, type, voxels, rescale: { slopePerK, interceptPerK }, modality: 'OT', unit: UNITS[units] };
}

/** Each plane with its place and the scale of its values. */
function planesOf(file: DicomFile): Slice[] {
  const { dataSet, path } = file;
  const format = pixelFormatOf(file);
  const nFrames = dataSet.number(TAG.numberOfFrames, 1);
  checkPixelBytes(file, format, nFrames);
  const scaling = dataSet.number(TAG.doseGridScaling);
  if (!(scaling > 0)) throw new DicomError('DICOM_BAD_FIELD', path, `(3004,000E) Dose Grid Scaling is ${scaling}`);
  const first = sliceFrom(file, 0, format, () => dataSet);
  const normal = cross(first.rowDirection, first.columnDirection);
  const offsets = nFrames === 1 ? [0] : dataSet.vector(TAG.gridFrameOffsetVector, nFrames);
  if (!offsets)
    throw new DicomError(
      'DICOM_BAD_FIELD',
      path,
      '(3004,000C) Grid Frame Offset Vector is missing; planes have no place',
    );
  if (offsets[0] !== 0 && !(Math.abs(offsets[0] - first.positionLps[2]) < ABSOLUTE_TOLERANCE_MM))
    throw new DicomError(
      'DICOM_BAD_FIELD',
      path,
      `(3004,000C) Grid Frame Offset Vector starts with ${offsets[0]}, neither 0 nor the z of the first plane`,
    );
  // Positions are along z, offsets along the normal: of transverse planes, where positions are allowed, it is ±z.
  const along = offsets[0] === 0 ? 1 : Math.sign(normal[2]);
  return offsets.map((offset, frame) => ({
    ...first,
    frame,
    slope: scaling,
    intercept: 0,
    positionLps: add(first.positionLps, scale(normal, along * (offset - offsets[0]))),
  }));
}
