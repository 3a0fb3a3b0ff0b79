import { DataSet, type DicomElement, bytesElement, sequenceElement, textElement } from '../data-set.ts';
import { tagName, tagOfKeyword, vrOfTag } from '../dictionary.ts';

/** A value of a field: text, numbers, stored bytes, or the items of a sequence. */
export type FieldValue = string | number | readonly string[] | readonly number[] | Uint8Array | readonly Fields[];

/** The fields of a data set by their keywords of PS3.6; '' is a field without value. */
export interface Fields {
  readonly [keyword: string]: FieldValue;
}

/** Decimal strings have at most this many characters (PS3.5 section 6.2). */
const MAX_DECIMAL = 16;

/** A number as a decimal string: the shortest of at most 16 characters that is nearest to it. */
export function decimalString(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is no decimal string`);
  const text = String(value === 0 ? 0 : value);
  if (text.length <= MAX_DECIMAL) return text;
  for (let digits = 16; ; digits--) {
    const shorter = String(Number(value.toPrecision(digits)));
    if (shorter.length <= MAX_DECIMAL) return shorter;
  }
}

/** A data set of these fields, their types by the data dictionary. RangeError for an unknown keyword or a wrong kind. */
export function dataSetOf(fields: Fields): DataSet {
  const dataSet = new DataSet('');
  for (const [keyword, value] of Object.entries(fields)) dataSet.set(elementOf(tagOfKeyword(keyword), value));
  return dataSet;
}

function elementOf(tag: number, value: FieldValue): DicomElement {
  const vr = vrOfTag(tag);
  if (value instanceof Uint8Array) return bytesElement(tag, vr, value);
  const values = (typeof value === 'string' || typeof value === 'number' ? [value] : value) as readonly (
    string | number | Fields
  )[];
  if (vr === 'SQ') return sequenceElement(tag, (values as readonly Fields[]).map(dataSetOf));
  if (vr === 'US' || vr === 'AT' || vr === 'UL' || vr === 'FL' || vr === 'FD')
    return bytesElement(tag, vr, binary(vr, values as readonly number[]));
  return textElement(tag, vr, ...values.map((one) => textOf(tag, vr, one)));
}

function textOf(tag: number, vr: string, value: string | number | Fields): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && vr === 'DS') return decimalString(value);
  if (typeof value === 'number' && vr === 'IS' && Number.isInteger(value)) return String(value);
  throw new RangeError(`${tagName(tag)} of type ${vr} does not take a ${typeof value}`);
}

function binary(vr: 'US' | 'AT' | 'UL' | 'FL' | 'FD', values: readonly number[]): Uint8Array {
  if (vr === 'US') return littleEndian(2, values, (view, at, value) => view.setUint16(at, value, true));
  if (vr === 'UL') return littleEndian(4, values, (view, at, value) => view.setUint32(at, value, true));
  if (vr === 'FL') return littleEndian(4, values, (view, at, value) => view.setFloat32(at, value, true));
  if (vr === 'FD') return littleEndian(8, values, (view, at, value) => view.setFloat64(at, value, true));
  // A tag is two 16-bit numbers, group first.
  return littleEndian(4, values, (view, at, value) => {
    view.setUint16(at, value >>> 16, true);
    view.setUint16(at + 2, value & 0xffff, true);
  });
}

function littleEndian(
  size: number,
  values: readonly number[],
  put: (view: DataView, at: number, value: number) => void,
): Uint8Array {
  const bytes = new Uint8Array(size * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, n) => {
    put(view, n * size, value);
  });
  return bytes;
}
