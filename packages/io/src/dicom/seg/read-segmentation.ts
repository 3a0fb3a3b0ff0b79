import { renewCodecs } from '../codecs.ts';
import type { DataSet } from '../data-set.ts';
import { splitFrames } from '../encapsulation.ts';
import { DicomError } from '../errors.ts';
import { type DicomFile, readDicomFile, readPixelValue } from '../file.ts';
import { MAX_ROWS, type PixelFormat, sliceOfGroups } from '../instance.ts';
import { swapped } from '../parse.ts';
import { decodeFrame } from '../pixels.ts';
import { TAG } from '../tags.ts';
import { uidInWords } from '../words.ts';
import { gridOfFrames } from './frame-grid.ts';
import { type Segment, Segmentation, type SegmentationKind } from './segmentation.ts';

/** Segmentation Storage and Label Map Segmentation Storage (PS3.4 annex B). */
export const SEG_SOP_CLASSES: readonly string[] = ['1.2.840.10008.5.1.4.1.1.66.4', '1.2.840.10008.5.1.4.1.1.66.7'];

const KINDS = ['BINARY', 'FRACTIONAL', 'LABELMAP'] as const;

/** Pixels of the kinds. Some writers spend a byte on each pixel of a binary segmentation. */
const BITS: Readonly<Record<SegmentationKind, readonly number[]>> = {
  BINARY: [1, 8],
  FRACTIONAL: [8],
  LABELMAP: [8, 16],
};

/**
 * A DICOM segmentation (PS3.3 section C.8.20): binary with its bit-packed frames, fractional, or a label map. Frames are
 * placed by their functional groups; planes without a frame are empty.
 * @throws InputNotFoundError when the file cannot be opened
 * @throws DicomError DICOM_WRONG_OBJECT when it is no segmentation, DICOM_SEG_GRID when its frames lie on no common grid,
 * DICOM_NO_POSITION when one is placed nowhere, DICOM_DUPLICATE_SLICES when a segment has two frames at one place,
 * DICOM_BAD_FIELD for fields that are missing or contradict each other, and whatever damaged or unreadable pixels have
 */
export async function readSegmentation(path: string): Promise<Segmentation> {
  const file = await readDicomFile(path);
  if ('error' in file) throw file.error;
  const { dataSet } = file;
  const sopClass = dataSet.text(TAG.sopClassUid) ?? '';
  if (!SEG_SOP_CLASSES.includes(sopClass))
    throw new DicomError(
      'DICOM_WRONG_OBJECT',
      path,
      `is not a segmentation (SOP class ${uidInWords(sopClass)}); give one`,
    );
  const kind = KINDS.find((known) => known === dataSet.text(TAG.segmentationType));
  if (kind === undefined) throw badField(path, '(0062,0001) Segmentation Type is missing or unknown');
  const bits = bitsOf(file, kind);
  const format = formatOf(file, bits);
  const perFrame = dataSet.items(TAG.perFrameFunctionalGroups);
  const nFrames = dataSet.count(TAG.numberOfFrames, 1);
  if (perFrame.length !== nFrames || nFrames < 1)
    throw badField(path, `has ${nFrames} frames by (0028,0008) and ${perFrame.length} items in (5200,9230)`);
  const shared = dataSet.items(TAG.sharedFunctionalGroups)[0] as DataSet | undefined;
  const slices = perFrame.map((groups, frame) => sliceOfGroups(file, frame, format, groups, shared));
  const measures = perFrame[0].items(TAG.pixelMeasuresSequence)[0] ?? shared?.items(TAG.pixelMeasuresSequence)[0];
  const statedMm = Math.abs(measures.number(TAG.spacingBetweenSlices, 0));
  const { grid, kOfFrame } = gridOfFrames(slices, statedMm, path);
  const segments = segmentsOf(dataSet);
  const segmentOfFrame = perFrame.map((groups) =>
    kind === 'LABELMAP' ? undefined : segmentOf(groups, shared, segments),
  );
  checkDuplicates(segmentOfFrame, kOfFrame, path);
  return new Segmentation(
    kind,
    grid,
    segments,
    {
      bytes: await framesOf(file, format, bits, nFrames),
      bits,
      kOfFrame,
      segmentOfFrame,
      // A label map may say which value is nobody's (PS3.3 section C.8.20.2).
      background: kind === 'LABELMAP' ? dataSet.number(TAG.pixelPaddingValue, 0) : 0,
      maximum: kind === 'FRACTIONAL' ? dataSet.number(TAG.maximumFractionalValue) : 1,
    },
    dataSet.text(TAG.frameOfReferenceUid),
  );
}

function bitsOf({ dataSet, path, pixel }: DicomFile, kind: SegmentationKind): 1 | 8 | 16 {
  if (pixel?.tag !== TAG.pixelData) throw badField(path, 'has no (7FE0,0010) Pixel Data');
  const bits = dataSet.count(TAG.bitsAllocated);
  if ((bits !== 1 && bits !== 8 && bits !== 16) || !BITS[kind].includes(bits))
    throw new DicomError(
      'DICOM_UNSUPPORTED_PIXELS',
      path,
      `has ${bits} bits a pixel; a ${kind} segmentation has ${BITS[kind].join(' or ')}`,
    );
  return bits;
}

function formatOf({ dataSet, path }: DicomFile, bits: number): PixelFormat {
  const rows = dataSet.count(TAG.rows);
  const columns = dataSet.count(TAG.columns);
  if (rows < 1 || columns < 1 || rows > MAX_ROWS || columns > MAX_ROWS)
    throw badField(path, `has ${rows} rows and ${columns} columns`);
  const type = bits === 16 ? 'u16' : 'u8';
  return { type, rows, columns, bitsStored: bits, highBit: bits - 1 };
}

function segmentsOf(dataSet: DataSet): Segment[] {
  const charset = dataSet.text(TAG.specificCharacterSet);
  const segments = dataSet
    .items(TAG.segmentSequence)
    .map((item): Segment => ({ number: item.number(TAG.segmentNumber), label: item.label(TAG.segmentLabel, charset) }));
  if (segments.length === 0) throw badField(dataSet.path, '(0062,0002) Segment Sequence is missing or empty');
  const numbers = segments.map(({ number }) => number);
  const twice = numbers.find((number, n) => numbers.indexOf(number) !== n);
  if (twice !== undefined) throw badField(dataSet.path, `two segments have the number ${twice} (0062,0004)`);
  return segments;
}

function segmentOf(groups: DataSet, shared: DataSet | undefined, segments: readonly Segment[]): number {
  const tag = TAG.segmentIdentificationSequence;
  const holder = (groups.items(tag)[0] ?? shared?.items(tag)[0]) as DataSet | undefined;
  if (holder === undefined)
    throw badField(groups.path, '(0062,000a) Segment Identification Sequence is missing from a frame');
  const number = holder.number(TAG.referencedSegmentNumber);
  if (!segments.some((segment) => segment.number === number))
    throw badField(groups.path, `a frame is of segment ${number} (0062,000b), which (0062,0002) does not name`);
  return number;
}

function checkDuplicates(
  segmentOfFrame: readonly (number | undefined)[],
  kOfFrame: readonly number[],
  path: string,
): void {
  const seen = new Map<string, number>();
  segmentOfFrame.forEach((segment, frame) => {
    const place = `${segment ?? ''} ${kOfFrame[frame]}`;
    const other = seen.get(place);
    if (other !== undefined)
      throw new DicomError(
        'DICOM_DUPLICATE_SLICES',
        path,
        `frames ${other + 1} and ${frame + 1} are of one segment at the same place; export it again`,
      );
    seen.set(place, frame);
  });
}

/** All frames one after the other, uncompressed. */
async function framesOf(file: DicomFile, format: PixelFormat, bits: number, nFrames: number): Promise<Uint8Array> {
  const { path, syntax, pixel } = file;
  const needed = Math.ceil((format.rows * format.columns * nFrames * bits) / 8);
  const value = await readPixelValue(file, needed);
  if (syntax.pixels === 'native') {
    if (value.length < needed)
      throw new DicomError(
        'DICOM_TRUNCATED',
        path,
        `has ${value.length} bytes of pixel data; its header promises ${needed}`,
      );
    // Big-endian bytes that are stored as words come in swapped pairs (PS3.5 section 8.1.1 and annex A.3).
    return syntax.coding.littleEndian || pixel?.vr === 'OB' ? value : swapped(value, 2);
  }
  if (bits === 1)
    throw new DicomError(
      'DICOM_UNSUPPORTED_PIXELS',
      path,
      `has 1-bit pixels in ${syntax.name}; convert it to Explicit VR Little Endian first`,
    );
  renewCodecs();
  const frames = new Uint8Array(needed);
  const frameBytes = needed / nFrames;
  for (const [n, encoded] of splitFrames(value, nFrames, path).entries())
    frames.set(await decodeFrame(syntax.pixels, encoded, format, path), n * frameBytes);
  return frames;
}

function badField(path: string, message: string): DicomError {
  return new DicomError('DICOM_BAD_FIELD', path, `${message}; export it again`);
}
