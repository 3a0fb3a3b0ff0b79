import type { Companion, CompanionAlteration, CompanionKind, RegionClip, WrittenCompanion } from '../../companion.ts';
import { outputErrorFrom } from '../../output/errors.ts';
import { noteProcessing } from '../derive.ts';
import { encapsulate, splitFrames } from '../encapsulation.ts';
import { DicomError } from '../errors.ts';
import { type DicomFile, readPixelValue } from '../file.ts';
import { Notes } from '../notes.ts';
import { part10, writeNew } from '../part10.ts';
import { elementStart } from '../serialize.ts';
import { TAG } from '../tags.ts';
import { EXPLICIT_LITTLE_ENDIAN, type TransferSyntax } from '../transfer-syntax.ts';
import type { UidMap } from '../uid-map.ts';
import { clipStructureSet } from './clip-structure-set.ts';
import { relinkDataSet } from './relink.ts';
import { clearSurfaces, zeroDose } from './zeroed-voxels.ts';

/** What the objects of one study share. */
export interface CompanionContext {
  readonly uids: UidMap;
  /** SOP Instance UIDs of everything in the study. */
  readonly known: ReadonlySet<string>;
}

/** A structure set, dose, plan, segmentation or registration as it is written with its images. */
export function companionOf(kind: CompanionKind, file: DicomFile, context: CompanionContext): Companion {
  const { path, dataSet } = file;
  const frames = new Set<string>();
  collectFrames(dataSet, frames);
  return {
    kind,
    path,
    frameOfReferenceUids: [...frames],
    write: (alteration, destination) => write(kind, file, context, alteration, destination),
  };
}

/** Frame of Reference UIDs (0020,0052) and referenced ones (3006,0024), wherever they stand. */
function collectFrames(dataSet: DicomFile['dataSet'], found: Set<string>): void {
  for (const tag of [TAG.frameOfReferenceUid, TAG.referencedFrameOfReferenceUid]) {
    const uid = dataSet.text(tag);
    if (uid !== undefined) found.add(uid);
  }
  for (const { items } of dataSet.sorted()) for (const item of items ?? []) collectFrames(item, found);
}

async function write(
  kind: CompanionKind,
  file: DicomFile,
  { uids, known }: CompanionContext,
  { clip, removed, removedOn, methodText, softwareVersion }: CompanionAlteration,
  destination: string,
): Promise<WrittenCompanion> {
  const notes = new Notes();
  if (file.dataSet.text(TAG.sopInstanceUid) === undefined)
    throw new DicomError('DICOM_BAD_FIELD', file.path, 'has no (0008,0018) SOP Instance UID; export it again');
  const { dataSet, danglingReferences } = relinkDataSet(file.dataSet, { uids, known, notes });
  let clippedRegions: readonly RegionClip[] = [];
  let zeroedVoxels = 0;
  let done = 'references renewed';
  let pixels: readonly Uint8Array[] = [];
  let syntax = writtenSyntax(file);
  if (kind === 'structure set') {
    clippedRegions = clipStructureSet(dataSet, clip);
    if (clippedRegions.length > 0) done = `surfaces clipped after ${methodText}`;
  }
  // Surfaces are clipped even where no dose is: the histograms would be those of other structures, or of another dose.
  if (kind === 'dose' && dataSet.delete(TAG.dvhSequence))
    notes.add('DICOM_DVH_REMOVED', 'dose-volume histograms (3004,0050) were removed: they are those of the whole head', file.path); // prettier-ignore
  const zeroed =
    kind === 'dose'
      ? await zeroDose(file.path, removedOn)
      : kind === 'segmentation'
        ? await clearSurfaces(file.path, removed)
        : undefined;
  if (zeroed && zeroed.zeroedVoxels > 0) {
    zeroedVoxels = zeroed.zeroedVoxels;
    done = `voxels outside of what is left set to 0 after ${methodText}`;
    if (syntax.pixels !== 'native') syntax = EXPLICIT_LITTLE_ENDIAN;
    pixels = pixelElement(zeroed.pixels, file, syntax);
  } else if (file.pixel) pixels = await samePixels(file, syntax, notes);
  noteProcessing(dataSet, { methodText: done, softwareVersion });
  try {
    await writeNew(destination, await part10(dataSet, syntax, pixels));
  } catch (error) {
    throw outputErrorFrom(error, destination);
  }
  return { danglingReferences, clippedRegions, zeroedVoxels, warnings: notes.list() };
}

/** The pixel data element of uncompressed values. */
function pixelElement(
  { length, buffer, byteOffset }: Uint8Array,
  { pixel }: DicomFile,
  syntax: TransferSyntax,
): Uint8Array[] {
  const vr = pixel?.vr === 'OB' ? 'OB' : 'OW';
  const start = elementStart(TAG.pixelData, vr, length + (length % 2), syntax.coding.explicit);
  return [start, new Uint8Array(buffer, byteOffset, length), new Uint8Array(length % 2)];
}

/** Bytes of the pixels by rows, columns, frames and bits, made even; undefined where there are no such fields. */
function explainedBytes({ dataSet, syntax }: DicomFile): number | undefined {
  const has = [TAG.rows, TAG.columns, TAG.bitsAllocated].every((tag) => dataSet.has(tag));
  if (!has || syntax.pixels !== 'native') return undefined;
  const pixels = dataSet.count(TAG.rows) * dataSet.count(TAG.columns) * dataSet.count(TAG.numberOfFrames, 1);
  const bytes = (pixels * dataSet.count(TAG.samplesPerPixel, 1) * dataSet.count(TAG.bitsAllocated)) / 8;
  return 2 * Math.ceil(bytes / 2);
}

/** That of the file; big-endian order, which is retired, becomes little-endian. */
function writtenSyntax({ syntax }: DicomFile): TransferSyntax {
  return syntax.coding.littleEndian ? syntax : EXPLICIT_LITTLE_ENDIAN;
}

/**
 * The pixel data element as it is, byte for byte but for the order of bytes, and for what follows the pixels that the
 * header explains.
 */
async function samePixels(file: DicomFile, syntax: TransferSyntax, notes: Notes): Promise<Uint8Array[]> {
  const { dataSet, path, pixel } = file;
  const explained = explainedBytes(file);
  const value = (await readPixelValue(file, explained)).subarray(0, explained);
  if (pixel?.length !== undefined && pixel.length > value.length)
    notes.add('DICOM_TRAILING_REMOVED', 'what followed the pixel data was not kept', path);
  if (file.syntax.pixels !== 'native')
    return [encapsulate(splitFrames(value, dataSet.number(TAG.numberOfFrames, 1), path))];
  const bytes = Buffer.from(value);
  if (!file.syntax.coding.littleEndian) {
    const bits = dataSet.number(TAG.bitsAllocated, 8);
    if (bits === 16) bytes.swap16();
    else if (bits === 32) bytes.swap32();
    else if (bits === 64) bytes.swap64();
  }
  const vr = pixel?.vr === 'OB' || pixel?.vr === 'OW' ? pixel.vr : 'OW';
  return [elementStart(pixel?.tag ?? TAG.pixelData, vr, bytes.length, syntax.coding.explicit), bytes];
}
