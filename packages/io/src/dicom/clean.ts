import { bytesElement, DataSet, type DicomElement, sequenceElement } from './data-set.ts';
import { isPrivate, tagName, vrOfTag } from './dictionary.ts';
import type { Notes } from './notes.ts';
import { TAG } from './tags.ts';

/** What is replaced and what is left out on the way to the output. */
export interface CleanRules {
  /** New UIDs of the instances and series that are written, by their old ones. */
  readonly newUids: ReadonlyMap<string, string>;
  /** UIDs of images that resampled ones take the place of: no single new UID stands for them, so they are left out. */
  readonly goneUids: ReadonlySet<string>;
  readonly keepSourceReferences: boolean;
  readonly notes: Notes;
}

/** Sequences that say from which images this one was made or what it belongs to (PS3.3 section C.12.4 and others). */
const REFERENCES = new Set<number>([
  TAG.referencedSeriesSequence,
  TAG.referencedImageSequence,
  TAG.referencedInstanceSequence,
  TAG.referencedSopSequence,
  TAG.studiesContainingOtherReferencedInstancesSequence,
  TAG.relatedSeriesSequence,
  TAG.sourceImageSequence,
  TAG.referencedImageEvidenceSequence,
  TAG.referencedRawDataSequence,
  TAG.derivationImageSequence,
  TAG.sourceImageEvidenceSequence,
  TAG.conversionSourceAttributesSequence,
]);

/** What is no instance and no series stays, even where a damaged file uses the UID of one for it. */
const KEPT_UIDS = new Set<number>([
  TAG.sopClassUid, TAG.referencedSopClassUid, TAG.studyInstanceUid, TAG.frameOfReferenceUid, TAG.referencedFrameOfReferenceUid,
]); // prettier-ignore

/** Elements that may show the face, or that no longer fit altered pixels. */
const REMOVED: Readonly<Record<number, readonly [code: string, what: string]>> = {
  [TAG.iconImageSequence]: ['DICOM_ICON_REMOVED', 'a thumbnail (0088,0200) was removed'],
  [TAG.referencedPatientPhotoSequence]: ['DICOM_PHOTO_REMOVED', 'a patient photo reference (0010,1100) was removed'],
  [TAG.encapsulatedDocument]: ['DICOM_DOCUMENT_REMOVED', 'an enclosed document (0042,0011) was removed'],
  [TAG.macParametersSequence]: ['DICOM_SIGNATURE_REMOVED', 'a digital signature was removed: it no longer fits'],
  [TAG.smallestPixelValueInSeries]: ['DICOM_RANGE_REMOVED', 'the pixel value range of the series was removed'],
  [TAG.largestPixelValueInSeries]: ['DICOM_RANGE_REMOVED', 'the pixel value range of the series was removed'],
};

/** A private binary value of this size can hold a recognisable picture: 64 × 64 pixels of one byte. */
export const PIXEL_COPY_BYTES = 4096;

const BINARY = new Set(['OB', 'OW', 'OF', 'OD', 'OL', 'OV', 'UN']);

/** A copy of a data set, and of everything nested in it, by the rules. */
export function cleanDataSet(dataSet: DataSet, rules: CleanRules): DataSet {
  const out = new DataSet(dataSet.path);
  for (const element of dataSet.sorted()) {
    const kept = cleanElement(element, dataSet, rules);
    if (kept) out.set(kept);
  }
  return out;
}

function cleanElement(element: DicomElement, owner: DataSet, rules: CleanRules): DicomElement | undefined {
  const { tag, vr, items } = element;
  const group = tag >>> 16;
  const drop = (code: string, message: string): undefined => {
    rules.notes.add(code, message, owner.path);
  };
  // They are no part of a data set (PS3.5 section 7.1): what is written would not be read.
  if (group <= 0x0002) return drop('DICOM_GROUP_REMOVED', `${tagName(tag)} stood outside of the meta information`);
  const removed = REMOVED[tag];
  if (removed) return drop(...removed);
  if (group >= 0x6000 && group <= 0x60ff && !isPrivate(tag))
    return drop('DICOM_OVERLAY_REMOVED', 'overlays (60xx) were removed');
  // Retired, but old scanners drew outlines with them.
  if (group >= 0x5000 && group <= 0x50ff && !isPrivate(tag))
    return drop('DICOM_CURVE_REMOVED', 'curves (50xx) were removed');
  // After the pixels only signatures, padding and copies of the pixels come; offset tables are made anew.
  if (group >= 0x7fe0) return drop('DICOM_PIXEL_COPY_REMOVED', `${tagName(tag)} was removed`);
  if (isPrivate(tag)) {
    if (holdsPicture(element))
      return drop('DICOM_PRIVATE_REMOVED', `private ${tagName(tag)} was removed: it can hold a picture`);
    if (namesWritten(element, rules))
      return drop('DICOM_PRIVATE_REMOVED', `private ${tagName(tag)} was removed: it names the original image`);
  }
  if (items) return cleanSequence(element, items, owner, rules);
  // A sequence that came as unknown bytes cannot be looked into.
  if (REFERENCES.has(tag) && !rules.keepSourceReferences)
    return drop('DICOM_REFERENCES_REMOVED', `references to other images ${tagName(tag)} were removed`);
  // A damaged file may give a UID another type; it is a UID all the same.
  if (vr !== 'UI' && vrOfTag(tag) !== 'UI') return element;
  if (!rules.keepSourceReferences && owner.texts(tag).some((uid) => rules.goneUids.has(uid)))
    return drop('DICOM_REFERENCES_REMOVED', `references to other images ${tagName(tag)} were removed`);
  return KEPT_UIDS.has(tag) ? element : renamed(element, owner, rules.newUids);
}

/**
 * A sequence of references loses the items that name anything that is not written; any other sequence loses items that
 * name a stored object which is not written. References to studies and procedure steps are no stored objects and stay.
 */
function cleanSequence(
  { tag, vr }: DicomElement,
  items: readonly DataSet[],
  owner: DataSet,
  rules: CleanRules,
): DicomElement | undefined {
  const isReference = REFERENCES.has(tag);
  if (rules.keepSourceReferences && isReference) {
    const asTheyAre: CleanRules = { ...rules, newUids: NO_UIDS };
    return sequenceElement(tag, items.map((item) => cleanDataSet(item, asTheyAre)), vr); // prettier-ignore
  }
  const leaves = isReference ? refersElsewhere : rules.keepSourceReferences ? refersNowhere : refersToStoredElsewhere;
  const kept = items.filter((item) => !leaves(item, rules.newUids));
  if (kept.length < items.length)
    rules.notes.add('DICOM_REFERENCES_REMOVED', `references to other images ${tagName(tag)} were removed`, owner.path);
  if (kept.length === 0 && items.length > 0) return undefined;
  return sequenceElement(tag, kept.map((item) => cleanDataSet(item, rules)), vr); // prettier-ignore
}

const NO_UIDS: ReadonlyMap<string, string> = new Map();

function renamed(element: DicomElement, owner: DataSet, newUids: ReadonlyMap<string, string>): DicomElement {
  const uids = owner.texts(element.tag);
  if (!uids.some((uid) => newUids.has(uid))) return element;
  const text = uids.map((uid) => newUids.get(uid) ?? uid).join('\\');
  return bytesElement(element.tag, 'UI', Buffer.from(text, 'latin1'));
}

/** Does an item of a reference name an instance that is not written, at any depth? */
function refersElsewhere(item: DataSet, newUids: ReadonlyMap<string, string>): boolean {
  const uid = item.text(TAG.referencedSopInstanceUid);
  if (uid !== undefined && !newUids.has(uid)) return true;
  const series = item.text(TAG.seriesInstanceUid);
  if (series !== undefined && !newUids.has(series)) return true;
  return item.sorted().some(({ items }) => items?.some((inner) => refersElsewhere(inner, newUids)) ?? false);
}

/** What `leaves` is when no reference is to be removed. */
function refersNowhere(): boolean {
  return false;
}

/** Storage SOP classes, images and others (PS3.4 annex B). */
const STORED_OBJECTS = '1.2.840.10008.5.1.4.1.1.';

/** Is the item itself a reference to a stored object that is not written? */
function refersToStoredElsewhere(item: DataSet, newUids: ReadonlyMap<string, string>): boolean {
  const uid = item.text(TAG.referencedSopInstanceUid);
  if (uid === undefined || newUids.has(uid)) return false;
  return item.text(TAG.referencedSopClassUid)?.startsWith(STORED_OBJECTS) ?? false;
}

function holdsPicture({ vr, bytes }: DicomElement): boolean {
  return BINARY.has(vr) && bytes.length >= PIXEL_COPY_BYTES && !isSiemensHeader(bytes) && !isText(bytes);
}

/**
 * Siemens' scanner protocol (CSA header): a list of named text values, known to hold no pixels, which converters need.
 * Its second form starts with 'SV10'.
 */
function isSiemensHeader(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, 4).toString('latin1') === 'SV10';
}

/** Printable ASCII and line ends throughout, zero-padded: a protocol or XML. Pixels are not like that. */
function isText(bytes: Uint8Array): boolean {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  for (let n = 0; n < end; n++) {
    const byte = bytes[n];
    if ((byte < 0x20 || byte > 0x7e) && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return false;
  }
  return true;
}

/** Do the bytes of a private element contain a UID that is being replaced? Only text and unknown bytes can. */
function namesWritten({ vr, bytes, items }: DicomElement, { newUids, goneUids }: CleanRules): boolean {
  if (items || vr === 'UI' || bytes.length < MIN_UID_LENGTH) return false;
  const value = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // UIDs of one series share their beginning; the series UID itself and the exact instance UIDs are looked for.
  for (const [uid] of value.toString('latin1').matchAll(UID_IN_TEXT))
    if (newUids.has(uid) || goneUids.has(uid)) return true;
  return false;
}

const MIN_UID_LENGTH = 20;
const UID_IN_TEXT = /[0-2](?:\.[0-9]+){4,}/g;
