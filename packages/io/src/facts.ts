import { orientationCode, shear, spacingMm } from '@efface/volume';
import type { Scan, ScanFacts } from './scan.ts';

/** The facts every format has, with `format` for those that only this one has. */
export function scanFacts(scan: Omit<Scan, 'describe' | 'write'>, format: ScanFacts['format']): ScanFacts {
  const { grid, modality, unit, type } = scan.volume;
  return {
    kind: scan.kind,
    label: scan.label,
    modality,
    unit,
    sizeIjk: grid.sizeIjk,
    nFrames: scan.frames.length,
    storedType: type,
    spacingMm: spacingMm(grid),
    orientation: orientationCode(grid),
    shear: shear(grid),
    affineIjkToLps: grid.affineIjkToLps,
    ...(scan.frameOfReferenceUid === undefined ? {} : { frameOfReferenceUid: scan.frameOfReferenceUid }),
    format,
    warnings: scan.warnings,
  };
}
