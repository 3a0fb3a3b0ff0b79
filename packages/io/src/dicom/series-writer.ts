import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EffaceError, viewVoxels, type VoxelArray } from '@efface/volume';
import { checkAlteration } from '../alter.ts';
import { outputErrorFrom } from '../output/errors.ts';
import type { Alteration, WriteOptions, WrittenImage } from '../scan.ts';
import {
  alterFile, type AlteredFile, checkFillBits, type OutputFileContent, outputFilesOf, rangeOf, ScratchPool, type SeriesContent,
} from './altered-frames.ts'; // prettier-ignore
import type { CleanRules } from './clean.ts';
import { type CompressedCoding, withCodecs } from './codecs.ts';
import { deriveDataSet, statesRange } from './derive.ts';
import { encapsulate, splitFrames } from './encapsulation.ts';
import { type DicomFile, readPixelValue } from './file.ts';
import { frameBytesOf, type PixelFormat } from './instance.ts';
import { Notes } from './notes.ts';
import { FILES_AT_ONCE, forEachBounded } from './parallel.ts';
import { part10, writeNew } from './part10.ts';
import { decodeFrame } from './pixels.ts';
import { elementStart } from './serialize.ts';
import { TAG } from './tags.ts';
import { EXPLICIT_LITTLE_ENDIAN, outputSyntaxOf, type TransferSyntax } from './transfer-syntax.ts';

/**
 * Writes the altered series into a new folder: IM0001.dcm, … in the order of k.
 * @throws RangeError when mask or fill do not fit; EffaceError when writing fails, in which case the folder is removed
 */
export async function writeSeries(
  content: SeriesContent,
  alteration: Alteration,
  destination: string,
  options: WriteOptions = {},
): Promise<WrittenImage> {
  checkAlteration(alteration, [content.volume]);
  checkFillBits(content, alteration);
  const jobs = outputFilesOf(content.slices);
  const notes = new Notes();
  const rules: CleanRules = {
    newUids: newUidsOf(content),
    goneUids: new Set(content.slices.flatMap(({ file }) => file.madeFrom ?? [])),
    keepSourceReferences: content.keepSourceReferences,
    notes,
  };
  const digits = Math.max(4, String(jobs.length).length);
  const files = jobs.map((_, n) => join(destination, `IM${String(n + 1).padStart(digits, '0')}.dcm`));
  let alteredVoxels = 0;
  let done = 0;
  try {
    await mkdir(destination);
  } catch (error) {
    throw outputErrorFrom(error, destination);
  }
  try {
    const scratch = new ScratchPool();
    await forEachBounded(jobs, FILES_AT_ONCE, async (job, n) => {
      const buffer = scratch.take(job.kOfFrame.length * frameBytesOf(content.slices[0].format));
      const altered = alterFile(content, alteration, job, buffer);
      const parts = await partsOf(job, content, alteration, altered, rules);
      await writeNew(files[n], parts);
      scratch.give(buffer);
      for (const count of altered.alteredPerFrame) alteredVoxels += count;
      options.onProgress?.(++done / jobs.length);
    });
  } catch (error) {
    await rm(destination, { recursive: true, force: true });
    throw outputErrorFrom(error, destination);
  }
  return { files, alteredVoxels, warnings: notes.list() };
}

/** What identifies the instance, its series, and the parts of an instance that was split (PS3.3 C.7.6.16.1.1). */
const OWN_UIDS = [TAG.sopInstanceUid, TAG.seriesInstanceUid, TAG.concatenationUid, TAG.concatenationSourceUid];

/** New UIDs of everything in the series that others may refer to. */
function newUidsOf({ slices, uids }: SeriesContent): Map<string, string> {
  const out = new Map<string, string>();
  for (const { file } of slices)
    for (const tag of OWN_UIDS) {
      const old = file.dataSet.text(tag);
      if (old !== undefined && !out.has(old)) out.set(old, uids.map(old));
    }
  return out;
}

/** The file's bytes in pieces. */
async function partsOf(
  job: OutputFileContent,
  content: SeriesContent,
  alteration: Alteration,
  altered: AlteredFile,
  rules: CleanRules,
): Promise<Uint8Array[]> {
  const { file } = job;
  const { format } = content.slices[job.kOfFrame[0]];
  const asVoxels = (frame: Uint8Array): VoxelArray =>
    viewVoxels(format.type, frame.buffer, frame.byteOffset, frame.length / content.volume.voxels.BYTES_PER_ELEMENT);
  const range = statesRange(file.dataSet) ? rangeOf(altered.frames.map(asVoxels)) : undefined;
  const lossy = file.syntax.lossy && file.dataSet.text(TAG.lossyImageCompression) !== '00';
  const dataSet = deriveDataSet(file, alteration, { format, lossy, ...(range ? { range } : {}) }, rules);
  noteTrailing(file, rules.notes);

  const wanted = outputSyntaxOf(file.syntax);
  const compressed = wanted.pixels === 'native' ? undefined : await compressFrames(job, content, altered, wanted);
  const syntax = wanted.pixels !== 'native' && !compressed ? EXPLICIT_LITTLE_ENDIAN : wanted;
  if (syntax.uid !== file.syntax.uid)
    rules.notes.add('DICOM_SYNTAX_CHANGED', `${file.syntax.name} was written as ${syntax.name}`, file.path);
  const pixels = compressed ? [encapsulate(compressed)] : nativeElement(file, altered.frames, syntax);
  return part10(dataSet, syntax, pixels);
}

function noteTrailing({ pixel, sizeBytes, path }: DicomFile, notes: Notes): void {
  if (pixel?.length !== undefined && pixel.offset + pixel.length < sizeBytes)
    notes.add('DICOM_TRAILING_REMOVED', 'what followed the pixel data was not kept', path);
}

function nativeElement(file: DicomFile, frames: readonly Uint8Array[], syntax: TransferSyntax): Uint8Array[] {
  const length = frames.reduce((sum, frame) => sum + frame.length, 0);
  const vr =
    frames[0].BYTES_PER_ELEMENT === 1 && file.pixel?.vr === 'OB' && file.syntax.pixels === 'native' ? 'OB' : 'OW';
  const start = elementStart(TAG.pixelData, vr, length + (length % 2), syntax.coding.explicit);
  return [start, ...frames, ...(length % 2 === 0 ? [] : [new Uint8Array(1)])];
}

/**
 * Frames in the file's own lossless coding. Unaltered ones keep their bytes; the others are decoded again and compared.
 * Undefined when the codec does not give back what it was given, which the caller answers with an uncompressed file.
 */
async function compressFrames(
  { file, kOfFrame }: OutputFileContent,
  { slices }: SeriesContent,
  { frames, alteredPerFrame }: AlteredFile,
  syntax: TransferSyntax,
): Promise<Uint8Array[] | undefined> {
  if (syntax.pixels === 'native') return undefined;
  const originals = alteredPerFrame.includes(0)
    ? splitFrames(await readPixelValue(file), frames.length, file.path)
    : [];
  const out: Uint8Array[] = [];
  for (const [f, frame] of frames.entries()) {
    const { format } = slices[kOfFrame[f]];
    const own = { ...format, highBit: format.bitsStored - 1 };
    if (alteredPerFrame[f] === 0 && format.highBit === own.highBit) {
      out.push(originals[f]);
      continue;
    }
    const encoded = await encodeFrame(syntax.pixels, frame, own);
    if (!encoded) return undefined;
    const again = await decodeFrame(syntax.pixels, encoded, own, file.path);
    if (Buffer.compare(again, frame) !== 0) return undefined;
    out.push(encoded);
  }
  return out;
}

/** Undefined when the codec refuses, on a memory of its own too. */
async function encodeFrame(
  coding: CompressedCoding,
  frame: Uint8Array,
  format: PixelFormat,
): Promise<Uint8Array | undefined> {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      return await withCodecs((codecs) => codecs.encode(coding, frame, format));
    } catch (error) {
      if (error instanceof EffaceError) throw error;
    }
  }
  return undefined;
}
