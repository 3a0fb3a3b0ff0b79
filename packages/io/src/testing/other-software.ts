// @ts-expect-error dcmjs comes without types
import dcmjs from 'dcmjs';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Is this program installed? */
export function hasProgram(name: string): boolean {
  return spawnSync(name, ['--version']).error === undefined;
}

/** Is there a python3 with pydicom and numpy? */
export function hasPydicom(): boolean {
  return spawnSync('python3', ['-c', 'import pydicom, numpy']).status === 0;
}

/** Runs a program that must succeed; returns what it printed. */
export function run(program: string, args: readonly string[]): string {
  const done = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (done.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${done.stderr || String(done.error)}`);
  return done.stdout;
}

/** Unpacks a tar archive into a new folder below `folder`. */
export function unpack(archive: string, folder: string): string {
  const target = join(folder, basename(archive, '.tar.xz'));
  mkdirSync(target);
  run('tar', ['xJf', archive, '-C', target]);
  return target;
}

/** Files of a folder in the order of their names, absolute. */
export function listFiles(folder: string, extension = ''): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(extension))
    .sort()
    .map((name) => join(folder, name));
}

/** What pydicom reads of one file: everything that places its pixels, and a checksum of them. */
export interface PydicomFacts {
  readonly sopInstanceUid: string;
  /** Bytes of the unscaled pixels in little-endian order, CRC-32. One for each frame. */
  readonly crcPerFrame: readonly number[];
  readonly shape: readonly number[];
}

const SCRIPT = `
import json, sys, zlib, warnings, numpy, pydicom
warnings.simplefilter('ignore')
out = []
for path in sys.argv[1:]:
    d = pydicom.dcmread(path)
    a = d.pixel_array
    frames = a if a.ndim == 3 else a[None]
    crc = [zlib.crc32(numpy.ascontiguousarray(f.astype(f.dtype.newbyteorder('<'))).tobytes()) for f in frames]
    out.append(dict(sopInstanceUid=d.SOPInstanceUID, crcPerFrame=crc, shape=a.shape))
print(json.dumps(out))
`;

/** Reads files with pydicom. */
export function readWithPydicom(paths: readonly string[]): PydicomFacts[] {
  return JSON.parse(run('python3', ['-c', SCRIPT, ...paths])) as PydicomFacts[];
}

/** A dose as pydicom scales and a plain reading of PS3.3 C.8.8.3.2 places it. */
export interface PydicomDose {
  /** Planes, rows, columns. */
  readonly shape: readonly number[];
  /** pixel_array · Dose Grid Scaling of every voxel, columns fastest. */
  readonly gy: readonly number[];
  readonly offsetsMm: readonly number[];
  readonly positionLps: readonly number[];
  readonly spacingMm: readonly number[];
}

const DOSE_SCRIPT = `
import json, sys, warnings, pydicom
warnings.simplefilter('ignore')
d = pydicom.dcmread(sys.argv[1])
a = d.pixel_array
print(json.dumps(dict(shape=a.shape, gy=[float(v) * float(d.DoseGridScaling) for v in a.ravel()],
    offsetsMm=[float(v) for v in d.GridFrameOffsetVector], positionLps=[float(v) for v in d.ImagePositionPatient],
    spacingMm=[float(v) for v in d.PixelSpacing])))
`;

/** Reads an RT Dose with pydicom. */
export function readDoseWithPydicom(path: string): PydicomDose {
  return JSON.parse(run('python3', ['-c', DOSE_SCRIPT, path])) as PydicomDose;
}

/** Regions of an RT Structure Set as dcmjs reads them. */
export interface DcmjsRegion {
  readonly number: number;
  readonly name: string;
  readonly interpretedType: string;
  readonly contours: readonly { readonly type: string; readonly points: readonly number[] }[];
}

interface DcmjsStructureSet {
  readonly StructureSetROISequence: readonly { readonly ROINumber: number | string; readonly ROIName: string }[];
  readonly ROIContourSequence: readonly {
    readonly ReferencedROINumber: number | string;
    readonly ContourSequence?: readonly {
      readonly ContourGeometricType: string;
      readonly ContourData: readonly (number | string)[];
    }[];
  }[];
  readonly RTROIObservationsSequence: readonly {
    readonly ReferencedROINumber: number | string;
    readonly RTROIInterpretedType?: string;
  }[];
}

/** Reads an RT Structure Set with dcmjs' own parser. */
export function readRegionsWithDcmjs(bytes: Uint8Array): DcmjsRegion[] {
  // eslint-disable-next-line -- dcmjs comes without types
  const { dict } = dcmjs.data.DicomMessage.readFile(Uint8Array.from(bytes).buffer);
  // eslint-disable-next-line -- dcmjs comes without types
  const set = dcmjs.data.DicomMetaDictionary.naturalizeDataset(dict) as DcmjsStructureSet;
  const ofNumber = <T extends { readonly ReferencedROINumber: number | string }>(items: readonly T[], n: number) =>
    items.find(({ ReferencedROINumber }) => Number(ReferencedROINumber) === n);
  return set.StructureSetROISequence.map(({ ROINumber, ROIName }) => {
    const number = Number(ROINumber);
    return {
      number,
      name: ROIName,
      interpretedType: ofNumber(set.RTROIObservationsSequence, number)?.RTROIInterpretedType ?? '',
      contours: (ofNumber(set.ROIContourSequence, number)?.ContourSequence ?? []).map((contour) => ({
        type: contour.ContourGeometricType,
        points: contour.ContourData.map(Number),
      })),
    };
  });
}
