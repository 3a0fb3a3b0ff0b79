import type { Alteration } from '../scan.ts';
import { cleanDataSet, type CleanRules } from './clean.ts';
import { bytesElement, DataSet, sequenceElement, shortElement, textElement } from './data-set.ts';
import type { DicomFile } from './file.ts';
import type { PixelFormat } from './instance.ts';
import { TAG } from './tags.ts';

/** What is said about the pixels of one output file. */
export interface DerivedPixels {
  readonly format: PixelFormat;
  /** Smallest and largest stored value of all its frames; needed only when the header has them. */
  readonly range?: readonly [number, number];
  /** The input has lost something to compression. */
  readonly lossy: boolean;
}

/** Appended to the Series Description. */
const SERIES_SUFFIX = ' defaced';

/** Most characters of LO and of ST (PS3.5 section 6.2). */
const LO_CHARACTERS = 64;
const ST_CHARACTERS = 1024;

/** Does the header state the range of its pixel values, so that `DerivedPixels.range` is needed? */
export function statesRange(dataSet: DataSet): boolean {
  return dataSet.has(TAG.smallestImagePixelValue) || dataSet.has(TAG.largestImagePixelValue);
}

/**
 * Header of the altered image (PS3.3 C.7.6.1, C.12.1; PS3.15 annex E.3.2). UIDs come from `rules.newUids`.
 * Patient Identity Removed (0012,0062) and code 113100 are never written: the basic profile is not run.
 */
export function deriveDataSet(
  file: DicomFile,
  alteration: Alteration,
  pixels: DerivedPixels,
  rules: CleanRules,
): DataSet {
  const out = cleanDataSet(file.dataSet, rules);
  const method = plainText(`efface ${alteration.softwareVersion}: ${alteration.methodText}`);

  markDerived(out);
  const before = out.get(TAG.derivationDescription)?.bytes ?? new Uint8Array(0);
  out.set(bytesElement(TAG.derivationDescription, 'ST', appended(before, '; ', method, ST_CHARACTERS)));
  out.set(seriesDescription(out));
  noteProcessing(out, alteration);
  if (alteration.verified) {
    out.set(textElement(TAG.recognizableVisualFeatures, 'CS', 'NO'));
    out.set(withCleanFeaturesOption(out));
  } else if (out.text(TAG.recognizableVisualFeatures) === 'NO') out.delete(TAG.recognizableVisualFeatures);

  if (rules.keepSourceReferences) addSourceImages(out, file);
  if (pixels.lossy) out.set(textElement(TAG.lossyImageCompression, 'CS', '01'));
  describePixels(out, pixels);
  return out;
}

/** Says in the header what was done and by what (PS3.3 sections C.12.1 and C.7.1.1). */
export function noteProcessing(out: DataSet, by: Pick<Alteration, 'softwareVersion' | 'methodText'>): void {
  const method = plainText(`efface ${by.softwareVersion}: ${by.methodText}`);
  out.set(
    sequenceElement(TAG.contributingEquipmentSequence, [
      ...out.items(TAG.contributingEquipmentSequence),
      contributingEquipment(out.path, by, method),
    ]),
  );
  const methods = out.get(TAG.deidentificationMethod)?.bytes ?? new Uint8Array(0);
  const added = wrapText(method, LO_CHARACTERS).join('\\');
  out.set(bytesElement(TAG.deidentificationMethod, 'LO', appended(methods, '\\', added, Infinity)));
}

/** Image Type and, in enhanced objects, every Frame Type: value 1 becomes DERIVED, the others stay. */
function markDerived(out: DataSet): void {
  out.set(derivedType(out, TAG.imageType));
  for (const groups of [TAG.sharedFunctionalGroups, TAG.perFrameFunctionalGroups]) {
    const items = out.items(groups);
    if (items.length > 0) out.set(sequenceElement(groups, items.map(withDerivedFrameType)));
  }
}

function withDerivedFrameType(groups: DataSet): DataSet {
  const out = groups.clone();
  for (const tag of [TAG.mrImageFrameTypeSequence, TAG.ctImageFrameTypeSequence, TAG.petFrameTypeSequence]) {
    const items = groups.items(tag);
    if (items.length === 0) continue;
    const derived = items.map((item) => {
      const copy = item.clone();
      copy.set(derivedType(copy, TAG.frameType));
      return copy;
    });
    out.set(sequenceElement(tag, derived));
  }
  return out;
}

function derivedType(dataSet: DataSet, tag: number): ReturnType<typeof textElement> {
  const [, ...rest] = dataSet.texts(tag);
  return textElement(tag, 'CS', 'DERIVED', ...(rest.length > 0 ? rest : ['PRIMARY']));
}

/** Too long descriptions are cut; one that cannot be cut safely (not plain ASCII) gives way to the suffix. */
function seriesDescription(out: DataSet): ReturnType<typeof bytesElement> {
  const before = Buffer.from(out.get(TAG.seriesDescription)?.bytes ?? [])
    .toString('latin1')
    .replace(/[ \0]+$/, '');
  const room = LO_CHARACTERS - SERIES_SUFFIX.length;
  const isPlain = /^[\x20-\x7e]*$/.test(before);
  const kept = before.length <= room ? before : isPlain ? before.slice(0, room) : '';
  return textElement(TAG.seriesDescription, 'LO', `${kept}${SERIES_SUFFIX}`.trim());
}

/** Code 109103 of CID 7005: equipment that modified the image. No date, so that equal runs give equal bytes. */
function contributingEquipment(path: string, alteration: Pick<Alteration, 'softwareVersion'>, method: string): DataSet {
  return dataSetOf(path, [
    textElement(TAG.manufacturer, 'LO', 'efface'),
    textElement(TAG.manufacturerModelName, 'LO', 'efface'),
    textElement(TAG.softwareVersions, 'LO', plainText(alteration.softwareVersion).slice(0, LO_CHARACTERS)),
    textElement(TAG.contributionDescription, 'ST', method.slice(0, ST_CHARACTERS)),
    sequenceElement(TAG.purposeOfReferenceCodeSequence, [code(path, '109103', 'Modifying Equipment')]),
  ]);
}

/** Code 113102 of CID 7050, once. */
function withCleanFeaturesOption(out: DataSet): ReturnType<typeof sequenceElement> {
  const tag = TAG.deidentificationMethodCodeSequence;
  const there = out.items(tag);
  const isThere = there.some(
    (item) => item.text(TAG.codeValue) === '113102' && item.text(TAG.codingSchemeDesignator) === 'DCM',
  );
  const option = code(out.path, '113102', 'Clean Recognizable Visual Features Option');
  return sequenceElement(tag, isThere ? there : [...there, option]);
}

/** The images this one was made from: code 121322 of CID 7202. */
function addSourceImages(out: DataSet, { dataSet, madeFrom, path }: DicomFile): void {
  const sources = madeFrom ?? [dataSet.text(TAG.sopInstanceUid) ?? ''];
  const items = sources.map((uid) =>
    dataSetOf(path, [
      textElement(TAG.referencedSopClassUid, 'UI', dataSet.text(TAG.sopClassUid) ?? ''),
      textElement(TAG.referencedSopInstanceUid, 'UI', uid),
      sequenceElement(TAG.purposeOfReferenceCodeSequence, [
        code(path, '121322', 'Source image for image processing operation'),
      ]),
    ]),
  );
  out.set(sequenceElement(TAG.sourceImageSequence, [...out.items(TAG.sourceImageSequence), ...items]));
}

function code(path: string, value: string, meaning: string): DataSet {
  return dataSetOf(path, [
    textElement(TAG.codeValue, 'SH', value),
    textElement(TAG.codingSchemeDesignator, 'SH', 'DCM'),
    textElement(TAG.codeMeaning, 'LO', meaning),
  ]);
}

function dataSetOf(path: string, elements: readonly ReturnType<typeof textElement>[]): DataSet {
  return new DataSet(path, elements.map((element) => [element.tag, element])); // prettier-ignore
}

function describePixels(out: DataSet, { format, range }: DerivedPixels): void {
  out.set(shortElement(TAG.highBit, 'US', format.bitsStored - 1));
  const fits = range !== undefined && format.bitsStored <= 16;
  const vr = format.type.startsWith('i') ? 'SS' : 'US';
  for (const [tag, index] of [
    [TAG.smallestImagePixelValue, 0],
    [TAG.largestImagePixelValue, 1],
  ] as const) {
    if (!out.has(tag)) continue;
    if (fits) out.set(shortElement(tag, vr, range[index]));
    else out.delete(tag);
  }
}

/** `text` after what is there, cut to `most` characters at its own end. */
function appended(before: Uint8Array, separator: string, text: string, most: number): Uint8Array {
  let end = before.length;
  while (end > 0 && (before[end - 1] === 0x20 || before[end - 1] === 0)) end--;
  if (end === 0) return Buffer.from(text.slice(0, Math.min(most, text.length)), 'latin1');
  const addition = Buffer.from(separator + text, 'latin1');
  return Buffer.concat([before.subarray(0, end), addition.subarray(0, Math.max(0, most - end))]);
}

/** ASCII that is safe in every character set; the backslash separates values. */
function plainText(text: string): string {
  return text.replaceAll('\\', '/').replace(/[^\x20-\x7e]/g, '?');
}

/** Pieces of at most `most` characters, broken at spaces where there are any. */
function wrapText(text: string, most: number): string[] {
  const lines: string[] = [];
  let rest = text.trim();
  while (rest.length > most) {
    const space = rest.lastIndexOf(' ', most);
    const cut = space > 0 ? space : most;
    lines.push(rest.slice(0, cut));
    rest = rest.slice(cut).trimStart();
  }
  return [...lines, rest];
}
