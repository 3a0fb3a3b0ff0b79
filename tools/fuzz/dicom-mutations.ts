import { deflatedZeros } from './bombs.ts';
import { type Dice } from './dice.ts';
import {
  cloneElements, type DicomTree, listsOf, NATIVE_SYNTAXES, setElement, textValue, type TreeElement, type TreeItem,
} from './dicom-tree.ts'; // prettier-ignore
import { manyItems, name, nest, openSequences, type TreeChange } from './dicom-nesting.ts';
import { HOT_TAGS, oddValue, VRS } from './dicom-values.ts';
import { CANARY } from './fuzz-case.ts';

const PIXELS = 0x7fe00010;

/** Chooses a change. */
export function chooseChange(dice: Dice, sample: DicomTree): TreeChange {
  return dice.weighted([
    [9, changeValue], [3, changeVr], [4, changeLength], [3, removeElement], [2, repeatElement], [1, moveElement], [2, retag],
    [1, nest], [0.5, manyItems], [2, openSequences], [3, changeSyntax], [1, changeMeta], [3, contradictPixels], [3, breakFragments],
    [3, breakItems], [1, oddText], [0.3, bomb], [1, addElement], [3, changePlace],
  ] as const)(dice, sample); // prettier-ignore
}

/** Every element as the number of its list and its place in it, hot ones preferred. */
function chooseElement(dice: Dice, tree: DicomTree): { readonly tag: number; readonly element: TreeElement } {
  const all = listsOf(tree.body).flat();
  const hot = all.filter(({ tag }) => HOT_TAGS.includes(tag));
  const element = dice.pick(hot.length > 0 && dice.chance(0.75) ? hot : all);
  return { tag: element.tag, element };
}

/** Does `change` to the elements of a tag, wherever they stand, or to the first of them only. */
function forTag(tag: number, change: (list: TreeElement[], at: number) => void, all = true): (tree: DicomTree) => void {
  return (tree) => {
    for (const list of [tree.meta, ...listsOf(tree.body)])
      for (let at = list.length - 1; at >= 0; at--) {
        if (list[at].tag !== tag) continue;
        change(list, at);
        if (!all) return;
      }
  };
}

function changeValue(dice: Dice, sample: DicomTree): TreeChange {
  const { tag, element } = chooseElement(dice, sample);
  const what: string[] = [];
  const value = oddValue(dice, tag, element.vr, what);
  return { what: `${name(tag)} is ${what.join()}`, apply: forTag(tag, (list, at) => (list[at].value = value), dice.chance(0.7)) }; // prettier-ignore
}

function changeVr(dice: Dice, sample: DicomTree): TreeChange {
  const { tag } = chooseElement(dice, sample);
  const vr = dice.pick(VRS);
  const odd = dice.chance(0.5) ? oddValue(dice, tag, vr, []) : undefined;
  return {
    what: `${name(tag)} has the VR ${JSON.stringify(vr)}`,
    apply: forTag(tag, (list, at) => {
      list[at].vr = vr;
      if (odd) list[at].value = odd;
    }),
  };
}

function changeLength(dice: Dice, sample: DicomTree): TreeChange {
  const { tag } = chooseElement(dice, sample);
  const length = dice.pick([0, 1, 3, 0xfffe, 0xffff, 0x10000, 0xffffffff, 0xfffffffe, 0x7fffffff, 2 ** 28, 100_000]);
  const difference = dice.pick([-8, -2, -1, 1, 2, 8]);
  const isRelative = dice.chance(0.4);
  return {
    what: `${name(tag)} has the length ${isRelative ? `true + ${difference}` : length}`,
    apply: forTag(tag, (list, at) => {
      const { value } = list[at];
      list[at].length = isRelative && Buffer.isBuffer(value) ? Math.max(0, value.length + difference) : length;
    }, dice.chance(0.5)), // prettier-ignore
  };
}

function removeElement(dice: Dice, sample: DicomTree): TreeChange {
  const { tag } = chooseElement(dice, sample);
  return { what: `${name(tag)} is missing`, apply: forTag(tag, (list, at) => list.splice(at, 1), dice.chance(0.7)) };
}

function repeatElement(dice: Dice, sample: DicomTree): TreeChange {
  const { tag } = chooseElement(dice, sample);
  return {
    what: `${name(tag)} is there twice`,
    apply: forTag(tag, (list, at) => list.splice(at, 0, ...cloneElements([list[at]])), dice.chance(0.5)),
  };
}

function moveElement(dice: Dice, sample: DicomTree): TreeChange {
  const { tag } = chooseElement(dice, sample);
  const share = dice.next();
  return {
    what: `${name(tag)} stands elsewhere`,
    apply: forTag(tag, (list, at) => {
      const [element] = list.splice(at, 1);
      list.splice(Math.floor(share * (list.length + 1)), 0, element);
    }, false), // prettier-ignore
  };
}

function retag(dice: Dice, sample: DicomTree): TreeChange {
  const from = dice.chance(0.3) ? 0x00100010 : chooseElement(dice, sample).tag;
  const to = dice.chance(0.6) ? dice.pick(HOT_TAGS) : dice.pick([0, 0x00020010, 0x00020002, 0x00041220, 0xfffee000, 0xfffee00d, 0xfffee0dd, 0xfffcfffc, 0x60003000, 0x7fe00008, 0x7fe00001, 0x00090010, 0xffffffff]); // prettier-ignore
  return { what: `${name(from)} became ${name(to)}`, apply: forTag(from, (list, at) => (list[at].tag = to), dice.chance(0.5)) }; // prettier-ignore
}

function changeSyntax(dice: Dice): TreeChange {
  const kind = dice.pick(['implicit', 'bigEndian', 'deflated', 'wrong', 'wrong'] as const);
  if (kind !== 'wrong')
    return {
      what: `coded as ${kind}`,
      apply: (tree) => {
        setElement(tree.meta, { tag: 0x00020010, vr: 'UI', value: textValue('UI', NATIVE_SYNTAXES[kind]) });
        if (kind === 'deflated') tree.deflated = true;
        else tree.coding = kind;
      },
    };
  const uid = dice.pick([...Object.values(NATIVE_SYNTAXES), '1.2.840.10008.1.2.5', '1.2.840.10008.1.2.4.70', '1.2.840.10008.1.2.4.80', '1.2.840.10008.1.2.4.90', '1.2.840.10008.1.2.4.50', '1.2.840.10008.1.2.4.201', '1.2.840.10008.1.2.4.102', '', '1.2.3', `x${CANARY}`, '\x1b[31m']); // prettier-ignore
  const value = textValue('UI', uid);
  return { what: `says it is in ${JSON.stringify(uid)}`, apply: (tree) => setElement(tree.meta, { tag: 0x00020010, vr: 'UI', value }) }; // prettier-ignore
}

function changeMeta(dice: Dice): TreeChange {
  const length = dice.pick([undefined, 0, 1, 0x7fffffff, 0xffffffff, 12]);
  switch (dice.int(4)) {
    case 0:
      return { what: 'no meta information', apply: (tree) => (tree.meta = []) };
    case 1:
      return { what: 'no preamble', apply: (tree) => (tree.preamble = Buffer.alloc(0)) };
    case 2:
      return {
        what: 'a huge element of meta information',
        apply: (tree) => setElement(tree.meta, { tag: 0x00020102, vr: 'OB', value: Buffer.alloc(2), length: 0xfffffff0 }),
      }; // prettier-ignore
    default:
      return { what: `group length ${length ?? 'missing'}`, apply: (tree) => (tree.groupLength = length) };
  }
}

function contradictPixels(dice: Dice): TreeChange {
  const tag = dice.pick([
    0x00280010, 0x00280011, 0x00280100, 0x00280101, 0x00280102, 0x00280103, 0x00280008, 0x00280002,
  ]);
  const value = dice.pick([0, 1, 2, 3, 5, 6, 8, 12, 16, 32, 16_384, 65_535]);
  const isFrames = tag === 0x00280008;
  const frames = dice.pick(['0', '-1', '1', '2', '4', '6', '100', '1000000', '2147483647', '1000000000000', '1.5']);
  const element: TreeElement = isFrames
    ? { tag, vr: 'IS', value: textValue('IS', frames) }
    : { tag, vr: 'US', value: Buffer.from([value & 0xff, value >>> 8]) };
  const all = dice.chance(0.2);
  return {
    what: all ? 'rows, columns and frames of 10¹² voxels' : `${name(tag)} is ${isFrames ? frames : value}`,
    apply: (tree) => {
      setElement(tree.body, element);
      if (!all) return;
      for (const own of [0x00280010, 0x00280011]) setElement(tree.body, { tag: own, vr: 'US', value: Buffer.from([0, 64]) }); // prettier-ignore
      setElement(tree.body, { tag: 0x00280008, vr: 'IS', value: textValue('IS', '4000') });
    },
  };
}

function breakFragments(dice: Dice, sample: DicomTree): TreeChange {
  const pixels = sample.body.find(({ tag }) => tag === PIXELS);
  if (!pixels || Buffer.isBuffer(pixels.value)) return contradictPixels(dice);
  const seed = dice.int(2 ** 31);
  const kind = dice.int(7);
  const what = ['no fragment', 'one fragment less', 'an empty fragment', 'damaged fragments', 'a wrong offset table', 'no end', 'a long fragment'][kind]; // prettier-ignore
  const spot = dice.next();
  const byte = dice.int(256);
  return {
    what: `compressed pixels: ${what}`,
    apply: (tree) => {
      const own = tree.body.find(({ tag }) => tag === PIXELS);
      if (!own || Buffer.isBuffer(own.value)) return;
      const items = own.value;
      if (kind === 0) items.length = 0;
      else if (kind === 1) items.pop();
      else if (kind === 2) items.push({ content: Buffer.alloc(0) });
      else if (kind === 3) for (const item of items.slice(1)) item.content = damaged(item.content, spot, byte);
      else if (kind === 4 && items.length > 0) items[0].content = Buffer.from(Uint32Array.of(seed, 0, 4, 0xffffffff).buffer);
      else if (kind === 5) Object.assign(own, { open: false, length: 0xffffffff });
      else if (items.length > 0) items[items.length - 1].length = 0x7ffffff0;
    }, // prettier-ignore
  };
}

/** Half of the time cut, else one byte changed. */
function damaged(content: TreeItem['content'], spot: number, byte: number): Buffer {
  const bytes = Buffer.from(content as Buffer);
  const at = Math.floor(spot * bytes.length);
  if (byte < 64) return bytes.subarray(0, at & ~1);
  if (bytes.length > 0) bytes[at] ^= byte;
  return bytes;
}

function breakItems(dice: Dice, sample: DicomTree): TreeChange {
  const sequences = listsOf(sample.body).flat().filter(({ vr, value }) => vr === 'SQ' && !Buffer.isBuffer(value)); // prettier-ignore
  if (sequences.length === 0) return changeValue(dice, sample);
  const { tag } = dice.pick(sequences);
  const kind = dice.int(5);
  const share = dice.next();
  return {
    what: `${name(tag)}: ${['one item less', 'one item twice', 'no items', 'an empty item', 'an item of a wrong length'][kind]}`,
    apply: forTag(tag, (list, at) => {
      const { value } = list[at];
      if (Buffer.isBuffer(value) || value.length === 0) return;
      const n = Math.floor(share * value.length);
      if (kind === 0) value.splice(n, 1);
      else if (kind === 1) value.splice(n, 0, value[n]);
      else if (kind === 2) value.length = 0;
      else if (kind === 3) value[n] = { content: [] };
      else value[n].length = Math.floor(share * 2 ** 32);
    }, dice.chance(0.5)), // prettier-ignore
  };
}

function oddText(dice: Dice): TreeChange {
  const charset = dice.pick(['ISO_IR 192', 'ISO 2022 IR 87', 'nonsense', '\\\\', '']);
  const text = dice.pick(['\xc3\x28\xff', '\x1b$B\x1b', '\0\0\0', '\x1b]0;title\x07', 'a\r\nb', '\xe2\x80\xae']);
  return {
    what: `character set ${JSON.stringify(charset)}, description ${JSON.stringify(text)}`,
    apply: (tree) => {
      setElement(tree.body, { tag: 0x00080005, vr: 'CS', value: textValue('CS', charset) });
      setElement(tree.body, { tag: 0x0008103e, vr: 'LO', value: textValue('LO', text) });
    },
  };
}

function bomb(dice: Dice): TreeChange {
  const tail = deflatedZeros();
  const length = dice.pick([undefined, 2 ** 28, 0xfffffffe]);
  return {
    what: `a deflate bomb of 256 MiB${length === undefined ? '' : ` in pixels of ${length} bytes`}`,
    apply: (tree) => {
      setElement(tree.meta, { tag: 0x00020010, vr: 'UI', value: textValue('UI', NATIVE_SYNTAXES.deflated) });
      Object.assign(tree, { deflated: true, bomb: tail });
      const pixels = tree.body.find(({ tag }) => tag === PIXELS);
      if (pixels && length !== undefined) pixels.length = length;
    },
  };
}

function addElement(dice: Dice): TreeChange {
  const tag = dice.pick([0x00020010, 0x00000002, 0x00080018, 0x00283010, 0x0020930e, 0x00880200, 0x04000561, 0xfffafffa, 0x7fe10010, 0x00280121, 0x00189004]); // prettier-ignore
  const vr = dice.pick(VRS.slice(0, 34));
  const value = oddValue(dice, tag, vr, []);
  return { what: `${name(tag)} ${vr} was added`, apply: (tree) => setElement(tree.body, { tag, vr, value }) };
}

/** Positions, spacings and orientations that are finite and still nowhere. */
function changePlace(dice: Dice): TreeChange {
  const scale = dice.pick(['1e-12', '0', '1e6', '1e9', '1e100', '1e200', '1e300', '-1', '0.5', '3']);
  const spacing = dice.pick(['0\\0', '1e-12\\1', '1e6\\1e6', '1e300\\1', '-1\\1', '1\\1\\1', '1', '3\\2']);
  const isSpacing = dice.chance(0.3);
  const off = dice.pick([0, 0, 0, 1, 1e6]);
  return {
    what: isSpacing ? `pixel spacing ${spacing}` : `slices at multiples of ${scale}, shifted by ${off}`,
    apply: (tree) => {
      if (isSpacing) forTag(0x00280030, (list, at) => (list[at].value = textValue('DS', spacing)))(tree);
      let n = Number(/\d+/.exec(tree.name.split('/')[1] ?? '0')?.[0] ?? 0);
      const put = (list: TreeElement[], at: number): void => {
        if (!isSpacing) list[at].value = textValue('DS', `${off * n}\\0\\${n === 0 ? 0 : Number(scale) * n}`);
        n++;
      };
      forTag(0x00200032, put)(tree);
    },
  };
}
