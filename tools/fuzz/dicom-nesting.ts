import { type Dice } from './dice.ts';
import { type DicomTree, listsOf, setElement, type TreeElement, type TreeItem } from './dicom-tree.ts';

/** A change that is decided on one file and can be made to others alike. */
export interface TreeChange {
  readonly what: string;
  readonly apply: (tree: DicomTree) => void;
}

/** '(00280010)'. */
export const name = (tag: number): string => `(${tag.toString(16).padStart(8, '0')})`;

/** Sequences in each other, as deep as any file has them and much deeper. */
export function nest(dice: Dice): TreeChange {
  const depth = dice.pick([10, 22, 23, 24, 25, 26, 100, 10_000]);
  const open = dice.chance(0.7);
  const vr = dice.pick(['SQ', 'SQ', 'UN']);
  const tag = dice.pick([0x00081115, 0x00091010, 0x00400275, 0x00880200]);
  return { what: `${depth} sequences in each other (${vr})`, apply: (tree) => setElement(tree.body, nestedIn(depth, open, vr, tag)) }; // prettier-ignore
}

/** Encoded from the inside, because deep trees are not for recursion. */
function nestedIn(depth: number, open: boolean, vr: string, tag: number): TreeElement {
  const start = (length: number): Buffer => {
    const out = Buffer.alloc(20);
    out.writeUInt16LE(tag >>> 16, 0);
    out.writeUInt16LE(tag & 0xffff, 2);
    out.write(vr, 4);
    out.writeUInt32LE(open ? 0xffffffff : length + 8, 8);
    out.writeUInt32LE(0xe000fffe, 12);
    out.writeUInt32LE(open ? 0xffffffff : length, 16);
    return out;
  };
  const end = open ? Buffer.from('FEFF0DE000000000FEFFDDE000000000', 'hex') : Buffer.alloc(0);
  const starts: Buffer[] = [];
  for (let n = 0, length = 0; n < depth; n++, length += 20 + end.length) starts.unshift(start(length));
  const content = Buffer.concat([...starts.slice(1), ...Array<Buffer>(Math.max(0, depth - 1)).fill(end)]);
  return { tag, vr, value: [{ content, open }], open };
}

/** A sequence that is long and holds nothing. */
export function manyItems(dice: Dice): TreeChange {
  const items = Array.from({ length: dice.pick([1000, 20_000]) }, (): TreeItem => ({ content: [] }));
  const tag = dice.pick([0x00081115, 0x52009230, 0x30060039, 0x00620002]);
  return { what: `${items.length} empty items in ${name(tag)}`, apply: (tree) => setElement(tree.body, { tag, vr: 'SQ', value: items }) }; // prettier-ignore
}

/** Delimiters in the place of lengths, or nothing in their place. */
export function openSequences(dice: Dice): TreeChange {
  const noDelimiter = dice.chance(0.3);
  return {
    what: noDelimiter ? 'sequences without an end' : 'sequences of undefined length',
    apply: (tree) => {
      for (const element of listsOf(tree.body).flat()) {
        if (Buffer.isBuffer(element.value) || element.vr !== 'SQ') continue;
        if (noDelimiter) element.length = 0xffffffff;
        else element.open = true;
        for (const item of element.value) item.open = true;
      }
    },
  };
}
