import type { DataSet, DicomElement } from './data-set.ts';
import { hasLongLength } from './dictionary.ts';
import { UNDEFINED_LENGTH } from './parse.ts';
import { TAG } from './tags.ts';

/**
 * Bytes of a data set, elements in the order of their tags, little-endian, sequences and items with their lengths.
 * @param explicit with value representations
 */
export function serializeDataSet(dataSet: DataSet, explicit: boolean): Buffer {
  const parts: Uint8Array[] = [];
  for (const element of dataSet.sorted()) putElement(parts, element, explicit);
  return Buffer.concat(parts);
}

function putElement(parts: Uint8Array[], element: DicomElement, explicit: boolean): void {
  const { tag, vr, items, bytes } = element;
  if (!items) {
    parts.push(elementStart(tag, vr, bytes.length, explicit), bytes);
    return;
  }
  if (vr === 'UN') {
    // Kept as it came: unknown, of undefined length, implicit inside.
    parts.push(elementStart(tag, vr, UNDEFINED_LENGTH, explicit), serializeItems(items, false));
    parts.push(shortStart(TAG.sequenceDelimitation, 0));
    return;
  }
  const content = serializeItems(items, explicit);
  parts.push(elementStart(tag, vr, content.length, explicit), content);
}

function serializeItems(items: readonly DataSet[], explicit: boolean): Buffer {
  return Buffer.concat(
    items.flatMap((item) => {
      const content = serializeDataSet(item, explicit);
      return [shortStart(TAG.item, content.length), content];
    }),
  );
}

/** Tag, VR and length before a value. */
export function elementStart(tag: number, vr: string, length: number, explicit: boolean): Buffer {
  if (!explicit) return shortStart(tag, length);
  // A value that outgrew 16 bits of length is written as unknown (PS3.5 section 6.2.2, note 2).
  const written = !hasLongLength(vr) && length > 0xfffe ? 'UN' : vr;
  const isLong = hasLongLength(written);
  const out = Buffer.alloc(isLong ? 12 : 8);
  out.writeUInt16LE(tag >>> 16, 0);
  out.writeUInt16LE(tag & 0xffff, 2);
  out.write(written, 4, 'latin1');
  if (isLong) out.writeUInt32LE(length, 8);
  else out.writeUInt16LE(length, 6);
  return out;
}

/** Tag and 32-bit length: implicit elements, items, delimiters. */
export function shortStart(tag: number, length: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeUInt16LE(tag >>> 16, 0);
  out.writeUInt16LE(tag & 0xffff, 2);
  out.writeUInt32LE(length >>> 0, 4);
  return out;
}
