import { ijkToLps, scale, spacingMm, stepLps, type Volume } from '@efface/volume';
import type { Fields } from './fields.ts';
import { commonFields, SOP_CLASS, type StudyUids } from './modules.ts';
import type { StudyToWrite } from './study-to-write.ts';

const GRID_FRAME_OFFSET_VECTOR = 0x3004000c;

/**
 * Dose of the plan (PS3.3 section A.18) in 32-bit integers. Dose Grid Scaling is rounded up to eight digits, so that the
 * largest dose just fits and readers of the decimal string scale by the same number.
 */
export function doseFields(study: StudyToWrite, uids: StudyUids, dose: Volume): Fields {
  const { grid, voxels, rescale } = dose;
  const [columns, rows, nk] = grid.sizeIjk;
  const [columnMm, rowMm, frameMm] = spacingMm(grid);
  const perFrame = columns * rows;
  const gy = (v: number): number => {
    const k = Math.floor(v / perFrame);
    return Number(voxels[v]) * rescale.slopePerK[k] + rescale.interceptPerK[k];
  };
  let highest = 0;
  for (let v = 0; v < voxels.length; v++) highest = Math.max(highest, gy(v));
  const scaling = highest > 0 ? Number(((highest / 0xffff_0000) * (1 + 1e-7)).toPrecision(8)) : 1;
  const stored = new Uint32Array(voxels.length);
  for (let v = 0; v < stored.length; v++) stored[v] = Math.round(Math.max(0, gy(v)) / scaling);
  return {
    ...commonFields(study, uids, 'dose'),
    InstanceNumber: 1,
    ContentDate: study.identity.date,
    ContentTime: study.identity.time,
    ImagePositionPatient: ijkToLps(grid, [0, 0, 0]),
    ImageOrientationPatient: [...scale(stepLps(grid, 0), 1 / columnMm), ...scale(stepLps(grid, 1), 1 / rowMm)],
    SliceThickness: frameMm,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    NumberOfFrames: nk,
    FrameIncrementPointer: GRID_FRAME_OFFSET_VECTOR,
    Rows: rows,
    Columns: columns,
    PixelSpacing: [rowMm, columnMm],
    BitsAllocated: 32,
    BitsStored: 32,
    HighBit: 31,
    PixelRepresentation: 0,
    DoseUnits: 'GY',
    DoseType: 'PHYSICAL',
    DoseSummationType: 'PLAN',
    GridFrameOffsetVector: Array.from({ length: nk }, (_, k) => k * frameMm),
    DoseGridScaling: scaling,
    TissueHeterogeneityCorrection: 'WATER',
    ReferencedRTPlanSequence: [
      { ReferencedSOPClassUID: SOP_CLASS.plan, ReferencedSOPInstanceUID: uids.instance('plan') },
    ],
    ReferencedStructureSetSequence: [
      { ReferencedSOPClassUID: SOP_CLASS.structureSet, ReferencedSOPInstanceUID: uids.instance('structureSet') },
    ],
    PixelData: new Uint8Array(stored.buffer),
  };
}
