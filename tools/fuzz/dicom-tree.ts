import { deflateRawSync, inflateRawSync } from 'node:zlib';

/**
 * A DICOM file as a tree that can be made wrong in every way: lengths that are not those of the values, VRs that do not
 * fit, elements in any order. It shares no code with the reader and the writer (PS3.5 section 7, PS3.10 section 7).
 */
export interface TreeElement {
  tag: number;
  vr: string;
  /** Bytes in little-endian order, or items. */
  value: Buffer | TreeItem[];
  /** Written instead of the true length. */
  length?: number;
  /** Ends with a delimiter instead of having a length. */
  open?: boolean;
}

/** An item of a sequence, or a fragment of compressed pixels. */
export interface TreeItem {
  content: Buffer | TreeElement[];
  length?: number;
  open?: boolean;
}

export interface DicomTree {
  name: string;
  preamble: Buffer;
  meta: TreeElement[];
  body: TreeElement[];
  coding: 'explicit' | 'implicit' | 'bigEndian';
  deflated: boolean;
  /** Raw deflate blocks that stand before the end of a deflated body. */
  bomb?: Buffer;
  /** Written to (0002,0000) instead of the true length; undefined leaves the element out. */
  groupLength: number | 'true' | undefined;
}

const UNDEFINED = 0xffffffff;
const SHORT = new Set('AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US'.split(' '));
const WIDTHS: Readonly<Record<string, number>> = {
  US: 2,
  SS: 2,
  OW: 2,
  AT: 2,
  UL: 4,
  SL: 4,
  FL: 4,
  OF: 4,
  FD: 8,
  OD: 8,
};

/** Transfer syntax UIDs that only say how elements are coded. */
export const NATIVE_SYNTAXES = {
  explicit: '1.2.840.10008.1.2.1',
  implicit: '1.2.840.10008.1.2',
  bigEndian: '1.2.840.10008.1.2.2',
  deflated: '1.2.840.10008.1.2.1.99',
} as const;

/** The file's bytes. */
export function encodeTree(tree: DicomTree): Buffer {
  const meta = Buffer.concat(tree.meta.map((element) => encodeElement(element, 'explicit')));
  const length = tree.groupLength === 'true' ? meta.length : tree.groupLength;
  const group = Buffer.alloc(4);
  if (length !== undefined) group.writeUInt32LE(length >>> 0);
  const start = length === undefined ? [] : [encodeElement({ tag: 0x00020000, vr: 'UL', value: group }, 'explicit')];
  let body = Buffer.concat(tree.body.map((element) => encodeElement(element, tree.coding)));
  if (tree.deflated) {
    // A flushed stream ends on a byte and is not finished: other blocks may follow.
    body = deflateRawSync(body, tree.bomb ? { finishFlush: 3 } : {});
    if (tree.bomb) body = Buffer.concat([body, tree.bomb]);
  }
  return Buffer.concat([tree.preamble, Buffer.from('DICM'), ...start, meta, body]);
}

function encodeElement(element: TreeElement, coding: DicomTree['coding']): Buffer {
  const { tag, vr, value, length, open } = element;
  const big = coding === 'bigEndian';
  const content = Buffer.isBuffer(value)
    ? inOrder(value, big ? (WIDTHS[vr] ?? 1) : 1)
    : Buffer.concat([
        ...value.map((item) => encodeItem(item, coding)),
        ...(open === true ? [delimiter(0xe0dd, big)] : []),
      ]);
  const written = length ?? (open === true ? UNDEFINED : content.length);
  const start = Buffer.alloc(coding !== 'implicit' && !SHORT.has(vr) ? 12 : 8);
  put(start, 2, 0, tag >>> 16, big);
  put(start, 2, 2, tag & 0xffff, big);
  if (coding === 'implicit') put(start, 4, 4, written, big);
  else {
    start.write(vr.padEnd(2).slice(0, 2), 4, 'latin1');
    if (start.length === 8) put(start, 2, 6, written, big);
    else put(start, 4, 8, written, big);
  }
  return Buffer.concat([start, content]);
}

function encodeItem({ content, length, open }: TreeItem, coding: DicomTree['coding']): Buffer {
  const big = coding === 'bigEndian';
  const bytes = Buffer.isBuffer(content)
    ? content
    : Buffer.concat(content.map((element) => encodeElement(element, coding)));
  const start = delimiter(0xe000, big);
  put(start, 4, 4, length ?? (open === true ? UNDEFINED : bytes.length), big);
  return Buffer.concat([start, bytes, ...(open === true ? [delimiter(0xe00d, big)] : [])]);
}

function delimiter(element: number, big: boolean): Buffer {
  const out = Buffer.alloc(8);
  put(out, 2, 0, 0xfffe, big);
  put(out, 2, 2, element, big);
  return out;
}

function put(target: Buffer, width: 2 | 4, at: number, value: number, big: boolean): void {
  const at16 = (offset: number, half: number): number => target.writeUInt16LE(big ? ((half & 0xff) << 8) | (half >>> 8) : half, offset); // prettier-ignore
  const [low, high] = [value & 0xffff, (value >>> 16) & 0xffff];
  at16(width === 4 && big ? at + 2 : at, low);
  if (width === 4) at16(big ? at : at + 2, high);
}

function inOrder(bytes: Buffer, width: number): Buffer {
  if (width === 1 || bytes.length % width !== 0) return bytes;
  const out = Buffer.from(bytes);
  return width === 2 ? out.swap16() : width === 4 ? out.swap32() : out.swap64();
}

/** A well-formed file, explicit little-endian or deflated. */
export function decodeTree(bytes: Buffer, name: string): DicomTree {
  let at = 132;
  const meta: TreeElement[] = [];
  while (at < bytes.length && bytes.readUInt16LE(at) === 2) {
    const [element, next] = decodeElement(bytes, at);
    if (element.tag !== 0x00020000) meta.push(element);
    at = next;
  }
  const uid = meta.find(({ tag }) => tag === 0x00020010)?.value;
  const syntax = Buffer.isBuffer(uid) ? uid.toString('latin1').replace(/\0$/, '') : '';
  if (syntax === NATIVE_SYNTAXES.implicit || syntax === NATIVE_SYNTAXES.bigEndian)
    throw new RangeError(`${name}: ${syntax}`);
  const deflated = syntax === NATIVE_SYNTAXES.deflated;
  const rest = deflated ? inflateRawSync(bytes.subarray(at)) : bytes.subarray(at);
  return {
    name,
    preamble: bytes.subarray(0, 128),
    meta,
    body: decodeElements(rest, 0, rest.length)[0],
    coding: 'explicit',
    deflated,
    groupLength: 'true',
  };
}

function decodeElements(bytes: Buffer, from: number, end: number, isOpen = false): [TreeElement[], number] {
  const elements: TreeElement[] = [];
  let at = from;
  while (at < end) {
    if (isOpen && bytes.readUInt32LE(at) === 0xe00dfffe) return [elements, at + 8];
    const [element, next] = decodeElement(bytes, at);
    elements.push(element);
    at = next;
  }
  return [elements, at];
}

function decodeElement(bytes: Buffer, at: number): [TreeElement, number] {
  const tag = ((bytes.readUInt16LE(at) << 16) | bytes.readUInt16LE(at + 2)) >>> 0;
  const vr = bytes.toString('latin1', at + 4, at + 6);
  const isShort = SHORT.has(vr);
  const length = isShort ? bytes.readUInt16LE(at + 6) : bytes.readUInt32LE(at + 8);
  const from = at + (isShort ? 8 : 12);
  if (vr !== 'SQ' && length !== UNDEFINED)
    return [{ tag, vr, value: bytes.subarray(from, from + length) }, from + length];
  const open = length === UNDEFINED;
  const end = open ? bytes.length : from + length;
  const items: TreeItem[] = [];
  let next = from;
  while (next < end) {
    const start = bytes.readUInt32LE(next);
    const size = bytes.readUInt32LE(next + 4);
    next += 8;
    if (start === 0xe0ddfffe) break;
    if (vr !== 'SQ') {
      items.push({ content: bytes.subarray(next, next + size) });
      next += size;
      continue;
    }
    const [content, after] = decodeElements(
      bytes,
      next,
      size === UNDEFINED ? bytes.length : next + size,
      size === UNDEFINED,
    );
    items.push({ content, ...(size === UNDEFINED ? { open: true } : {}) });
    next = after;
  }
  return [{ tag, vr, value: items, ...(open ? { open } : {}) }, next];
}

/** A copy whose nodes can be changed; bytes are shared and are replaced, never written into. */
export function cloneTree(tree: DicomTree): DicomTree {
  return { ...tree, meta: cloneElements(tree.meta), body: cloneElements(tree.body) };
}

export function cloneElements(elements: readonly TreeElement[]): TreeElement[] {
  return elements.map((element) => ({
    ...element,
    value: Buffer.isBuffer(element.value)
      ? element.value
      : element.value.map((item) => ({
          ...item,
          content: Buffer.isBuffer(item.content) ? item.content : cloneElements(item.content),
        })),
  }));
}

/** Every list of elements of a tree: the body first, then those of items, as deep as they are. */
export function listsOf(elements: TreeElement[], found: TreeElement[][] = []): TreeElement[][] {
  found.push(elements);
  for (const { value } of elements)
    if (!Buffer.isBuffer(value))
      for (const { content } of value) if (!Buffer.isBuffer(content)) listsOf(content, found);
  return found;
}

/** The value of a text element. */
export function textValue(vr: string, text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from(vr === 'UI' ? '\0' : ' ')]);
}

/** Replaces or adds an element, in the order of tags. */
export function setElement(elements: TreeElement[], element: TreeElement): void {
  const at = elements.findIndex(({ tag }) => tag >= element.tag);
  if (at >= 0 && elements[at].tag === element.tag) elements[at] = element;
  else elements.splice(at < 0 ? elements.length : at, 0, element);
}
