import { tagName } from './dictionary.ts';
import { DicomError } from './errors.ts';
import { TAG } from './tags.ts';

/** One data element. Sequences have `items` and no bytes; everything else has its value as little-endian bytes. */
export interface DicomElement {
  readonly tag: number;
  readonly vr: string;
  /** The value as stored, padding included; multi-byte numbers in little-endian order whatever the file's was. */
  readonly bytes: Uint8Array;
  readonly items?: readonly DataSet[];
}

const NO_BYTES = new Uint8Array(0);
const LATIN1 = new TextDecoder('latin1');
const UTF8 = new TextDecoder('utf-8');

/** Bytes of one value of the binary number types. */
const NUMBER_BYTES: Readonly<Record<string, number>> = { US: 2, SS: 2, UL: 4, SL: 4, FL: 4, FD: 8, AT: 4 };

/** Data elements by tag: a file's content or one item of a sequence. Elements are immutable, the set is not. */
export class DataSet {
  /** Where it is from, for messages. */
  readonly path: string;
  /** None for an empty set: files can hold millions of empty items. */
  #elements: Map<number, DicomElement> | undefined;

  constructor(path: string, elements?: Iterable<readonly [number, DicomElement]>) {
    this.path = path;
    if (elements) this.#elements = new Map(elements);
  }

  /** A set of its own with the same elements. */
  clone(): DataSet {
    return new DataSet(this.path, this.#elements);
  }

  /** Elements in the order of their tags. */
  sorted(): DicomElement[] {
    return [...(this.#elements?.values() ?? [])].sort((a, b) => a.tag - b.tag);
  }

  has(tag: number): boolean {
    return this.#elements?.has(tag) ?? false;
  }

  get(tag: number): DicomElement | undefined {
    return this.#elements?.get(tag);
  }

  set(element: DicomElement): void {
    this.#elements ??= new Map();
    this.#elements.set(element.tag, element);
  }

  /** True when the element was there. */
  delete(tag: number): boolean {
    return this.#elements?.delete(tag) ?? false;
  }

  /** Items of a sequence; none when it is absent. */
  items(tag: number): readonly DataSet[] {
    return this.#elements?.get(tag)?.items ?? [];
  }

  /** Values of a text element (UI, CS, IS, LO, …) without padding; none when it is absent or empty. */
  texts(tag: number): readonly string[] {
    const element = this.#elements?.get(tag);
    if (!element || element.items) return [];
    const text = LATIN1.decode(element.bytes);
    const values = text.split('\\').map((value) => value.replace(/^ +|[ \0]+$/g, ''));
    return values.length === 1 && values[0] === '' ? [] : values;
  }

  /** First value of a text element, or undefined. */
  text(tag: number): string | undefined {
    return this.texts(tag)[0];
  }

  /**
   * A description for people. Character sets other than Latin 1 and UTF-8 lose their letters, never the rest.
   * @param charset of the file: items of a sequence seldom name it themselves
   */
  label(tag: number, charset = this.text(TAG.specificCharacterSet)): string {
    const element = this.#elements?.get(tag);
    if (!element || element.items) return '';
    const decoded = charset === 'ISO_IR 192' ? UTF8.decode(element.bytes) : LATIN1.decode(element.bytes);
    // Control characters must not reach terminals.
    return decoded.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  }

  /**
   * Values of a number element: binary types as they are, DS and IS as decimal text. None when it is absent or empty.
   * @throws DicomError DICOM_BAD_FIELD when a value is no finite number or the VR is none of numbers
   */
  numbers(tag: number): readonly number[] {
    const element = this.#elements?.get(tag);
    if (!element || element.bytes.length === 0) return [];
    if (NUMBER_BYTES[element.vr] !== undefined) return binaryNumbers(element, this.path);
    if (element.vr !== 'DS' && element.vr !== 'IS')
      throw new DicomError('DICOM_BAD_FIELD', this.path, `${tagName(tag)} has the type ${element.vr}, not a number`);
    const texts = this.texts(tag);
    const values = texts.map(Number);
    const bad = values.findIndex((value, n) => texts[n] === '' || !Number.isFinite(value));
    if (bad >= 0)
      throw new DicomError('DICOM_BAD_FIELD', this.path, `${tagName(tag)} must be a number; it holds other text`);
    return values;
  }

  /**
   * First value of a number element, or `otherwise`.
   * @throws DicomError DICOM_BAD_FIELD as `numbers`, and when it is absent and `otherwise` is not given
   */
  number(tag: number, otherwise?: number): number {
    const value = this.numbers(tag)[0] ?? otherwise;
    if (value === undefined)
      throw new DicomError('DICOM_BAD_FIELD', this.path, `${tagName(tag)} is missing; without it nothing can be read`);
    return value;
  }

  /** A whole number, not negative. Throws DicomError as `number`, and when it is none. */
  count(tag: number, otherwise?: number): number {
    const value = this.number(tag, otherwise);
    if (Number.isInteger(value) && value >= 0) return value;
    throw new DicomError('DICOM_BAD_FIELD', this.path, `${tagName(tag)} is ${value}; a whole number was expected`);
  }

  /** Exactly `count` numbers, or undefined when the element is absent or empty. Throws as `numbers`. */
  vector(tag: number, count: number): readonly number[] | undefined {
    const values = this.numbers(tag);
    if (values.length === 0) return undefined;
    if (values.length !== count)
      throw new DicomError('DICOM_BAD_FIELD', this.path, `${tagName(tag)} has ${values.length} values, not ${count}`);
    return values;
  }
}

function binaryNumbers(element: DicomElement, path: string): number[] {
  const { bytes, vr, tag } = element;
  const size = NUMBER_BYTES[vr];
  if (bytes.length % size !== 0)
    throw new DicomError(
      'DICOM_BAD_FIELD',
      path,
      `${tagName(tag)} has ${bytes.length} bytes, ${vr} needs ${size} each`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: number[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    if (vr === 'US') values.push(view.getUint16(at, true));
    else if (vr === 'SS') values.push(view.getInt16(at, true));
    else if (vr === 'SL') values.push(view.getInt32(at, true));
    else if (vr === 'FL') values.push(view.getFloat32(at, true));
    else if (vr === 'FD') values.push(view.getFloat64(at, true));
    else values.push(view.getUint32(at, true));
  }
  if (!values.every(Number.isFinite)) throw new DicomError('DICOM_BAD_FIELD', path, `${tagName(tag)} is not finite`);
  return values;
}

/** VRs of text that is padded with a zero byte instead of a space (PS3.5 section 6.2). */
const ZERO_PADDED = new Set(['UI', 'OB', 'UN']);

/** A text element; values are joined by backslashes and padded to an even length. */
export function textElement(tag: number, vr: string, ...values: readonly string[]): DicomElement {
  return bytesElement(tag, vr, Buffer.from(values.join('\\'), 'latin1'));
}

/** An element of given bytes, padded to an even length. */
export function bytesElement(tag: number, vr: string, bytes: Uint8Array): DicomElement {
  if (bytes.length % 2 === 0) return { tag, vr, bytes };
  const padded = new Uint8Array(bytes.length + 1).fill(ZERO_PADDED.has(vr) ? 0 : 0x20);
  padded.set(bytes);
  return { tag, vr, bytes: padded };
}

/** A 16-bit element (US or SS). */
export function shortElement(tag: number, vr: 'US' | 'SS', value: number): DicomElement {
  const bytes = new Uint8Array(2);
  new DataView(bytes.buffer).setUint16(0, value & 0xffff, true);
  return { tag, vr, bytes };
}

/** A sequence. */
export function sequenceElement(tag: number, items: readonly DataSet[], vr = 'SQ'): DicomElement {
  return { tag, vr, bytes: NO_BYTES, items };
}
