import { bytesElement, DataSet, type DicomElement, sequenceElement } from './data-set.ts';
import { hasLongLength, tagName, vrOfTag } from './dictionary.ts';
import { DicomError } from './errors.ts';
import { TAG } from './tags.ts';

/** How data elements are coded (PS3.5 section 7 and annex A). */
export interface Coding {
  readonly explicit: boolean;
  readonly littleEndian: boolean;
}

/** Length that means "until the delimiter". */
export const UNDEFINED_LENGTH = 0xffffffff;

/** Sequences are not nested deeper than this by anything but an attack. */
const MAX_DEPTH = 24;

/** Elements and items of a file. Each takes some hundred bytes of memory and can be eight bytes long. */
const MAX_ELEMENTS = 2 ** 21;

const IMPLICIT: Coding = { explicit: false, littleEndian: true };

/** Element widths by VR, for the change of byte order. */
const SWAP_BYTES: Readonly<Record<string, number>> = {
  US: 2, SS: 2, OW: 2, AT: 2, UL: 4, SL: 4, FL: 4, OF: 4, OL: 4, FD: 8, OD: 8, SV: 8, UV: 8, OV: 8,
}; // prettier-ignore

/** Where an element's value starts and how long it is. */
export interface ElementStart {
  readonly tag: number;
  readonly vr: string;
  /** Offset of the value in the bytes that were parsed. */
  readonly valueOffset: number;
  /** UNDEFINED_LENGTH when it ends with a delimiter. */
  readonly length: number;
}

/** What was read before the pixel data, or before the bytes ended. */
export interface ParsedDataSet {
  readonly dataSet: DataSet;
  /** The element (7FE0,0008), (7FE0,0009) or (7FE0,0010) that parsing stopped at. */
  readonly pixel?: ElementStart;
  /** The bytes end inside this element; what came before it is there. */
  readonly cutAt?: string;
  /** How many bytes there must be at least to go on where they end. */
  readonly neededBytes?: number;
}

/** The bytes ended inside an element. Never leaves this file. */
class CutError extends Error {
  readonly neededBytes: number;

  constructor(neededBytes: number) {
    super();
    this.neededBytes = neededBytes;
  }
}

/**
 * Reads data elements from `offset` until the pixel data or the end of the bytes.
 * @param bytes start of a data set; may end anywhere
 * @throws DicomError DICOM_DAMAGED when the elements contradict themselves
 */
export function parseDataSet(bytes: Uint8Array, offset: number, coding: Coding, path: string): ParsedDataSet {
  const parser = new Parser(bytes, path);
  const dataSet = new DataSet(path);
  let at = offset;
  while (at < bytes.length) {
    let start: ElementStart | undefined;
    try {
      start = parser.start(at, coding, bytes.length);
      if (start.tag >= TAG.floatPixelData && start.tag <= TAG.pixelData) return { dataSet, pixel: start };
      const [element, end] = parser.element(start, coding, bytes.length, 0);
      if (dataSet.has(element.tag)) parser.fail(`${tagName(element.tag)} occurs twice`);
      // Group lengths are retired and would be wrong after any change.
      if ((element.tag & 0xffff) !== 0) dataSet.set(element);
      at = end;
    } catch (error) {
      if (!(error instanceof CutError)) throw error;
      const { neededBytes } = error;
      return { dataSet, cutAt: start ? tagName(start.tag) : 'the next data element', neededBytes };
    }
  }
  return { dataSet };
}

class Parser {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #path: string;
  #count = 0;

  constructor(bytes: Uint8Array, path: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#path = path;
  }

  fail(message: string): never {
    throw new DicomError('DICOM_DAMAGED', this.#path, `${message}; the file is damaged, copy or export it again`);
  }

  /** Tag, VR and length at `at`. `end` is the end of what this element belongs to. */
  start(at: number, coding: Coding, end: number): ElementStart {
    this.#need(at, 8, end);
    if (++this.#count > MAX_ELEMENTS) this.fail(`it has more than ${MAX_ELEMENTS} data elements`);
    const le = coding.littleEndian;
    const tag = ((this.#view.getUint16(at, le) << 16) | this.#view.getUint16(at + 2, le)) >>> 0;
    // Delimiters have no VR in any coding.
    if (tag >>> 16 === 0xfffe) return { tag, vr: '', valueOffset: at + 8, length: this.#view.getUint32(at + 4, le) };
    if (!coding.explicit)
      return { tag, vr: vrOfTag(tag), valueOffset: at + 8, length: this.#view.getUint32(at + 4, le) };
    const vr = String.fromCharCode(this.#bytes[at + 4], this.#bytes[at + 5]);
    if (!/^[A-Z]{2}$/.test(vr)) this.fail(`${tagName(tag)} at byte ${at} has no value representation`);
    if (!hasLongLength(vr)) return { tag, vr, valueOffset: at + 8, length: this.#view.getUint16(at + 6, le) };
    this.#need(at, 12, end);
    return { tag, vr, valueOffset: at + 12, length: this.#view.getUint32(at + 8, le) };
  }

  /** The element that starts so, and where the next one starts. */
  element(start: ElementStart, coding: Coding, end: number, depth: number): readonly [DicomElement, number] {
    const { tag, vr, valueOffset, length } = start;
    if (depth > MAX_DEPTH) this.fail(`${tagName(tag)} is nested more than ${MAX_DEPTH} deep`);
    if (tag >>> 16 === 0xfffe) this.fail(`${tagName(tag)} stands where a data element must`);
    if (length === UNDEFINED_LENGTH) {
      if (coding.explicit && vr !== 'SQ' && vr !== 'UN') this.fail(`${tagName(tag)} (${vr}) has no length`);
      // Unknown elements of unknown length are implicit inside, whatever surrounds them (PS3.5 section 6.2.2).
      const inner = vr === 'UN' ? IMPLICIT : coding;
      const [items, next] = this.#items(valueOffset, end, true, inner, depth + 1);
      // In an implicit file an undefined length is what makes a private element a sequence.
      return [sequenceElement(tag, items, coding.explicit ? vr : 'SQ'), next];
    }
    const next = valueOffset + length;
    this.#need(valueOffset, length, end);
    if (vr === 'SQ') return [sequenceElement(tag, this.#items(valueOffset, next, false, coding, depth + 1)[0]), next];
    const value = this.#bytes.subarray(valueOffset, next);
    if (vr === 'UN' && coding.explicit) {
      // A public element that passed through a system that did not know it: little-endian, implicit (PS3.5 6.2.2).
      const known = vrOfTag(tag);
      if (known !== 'SQ') return [bytesElement(tag, known, value), next];
      const items = this.#unknownItems(valueOffset, next, depth);
      if (items) return [sequenceElement(tag, items), next];
    }
    return [bytesElement(tag, vr, coding.littleEndian ? value : swapped(value, SWAP_BYTES[vr] ?? 1)), next];
  }

  /** A known sequence that came as unknown bytes. Left alone when it does not parse. */
  #unknownItems(from: number, end: number, depth: number): readonly DataSet[] | undefined {
    try {
      return this.#items(from, end, false, IMPLICIT, depth + 1)[0];
    } catch (error) {
      if (error instanceof DicomError || error instanceof CutError) return undefined;
      throw error;
    }
  }

  #items(
    from: number,
    end: number,
    isDelimited: boolean,
    coding: Coding,
    depth: number,
  ): readonly [readonly DataSet[], number] {
    const items: DataSet[] = [];
    let at = from;
    while (isDelimited || at < end) {
      const { tag, valueOffset, length } = this.start(at, coding, end);
      if (isDelimited && tag === TAG.sequenceDelimitation) return [items, valueOffset];
      if (tag !== TAG.item) this.fail(`${tagName(tag)} at byte ${at} stands where a sequence item must`);
      const isOpen = length === UNDEFINED_LENGTH;
      if (!isOpen) this.#need(valueOffset, length, end);
      const [item, next] = this.#item(valueOffset, isOpen ? end : valueOffset + length, isOpen, coding, depth);
      items.push(item);
      at = next;
    }
    return [items, at];
  }

  #item(from: number, end: number, isOpen: boolean, coding: Coding, depth: number): readonly [DataSet, number] {
    const item = new DataSet(this.#path);
    let at = from;
    while (isOpen || at < end) {
      const start = this.start(at, coding, end);
      if (isOpen && start.tag === TAG.itemDelimitation) return [item, start.valueOffset];
      const [element, next] = this.element(start, coding, end, depth);
      if ((element.tag & 0xffff) !== 0) item.set(element);
      at = next;
    }
    return [item, at];
  }

  /** The bytes may end early (more can be read); an inner end may not be passed. */
  #need(at: number, count: number, end: number): void {
    if (at + count <= end) return;
    if (end >= this.#bytes.length || at + count > this.#bytes.length) throw new CutError(at + count);
    this.fail(`the element at byte ${at} is longer than what it belongs to`);
  }
}

/** A copy in the other byte order. */
export function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const out = bytes.slice();
  const buffer = Buffer.from(out.buffer, out.byteOffset, out.byteLength - (out.byteLength % width));
  if (width === 2) buffer.swap16();
  else if (width === 4) buffer.swap32();
  else if (width === 8) buffer.swap64();
  return out;
}
