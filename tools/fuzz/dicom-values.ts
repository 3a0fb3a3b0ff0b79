import { type Dice } from './dice.ts';
import { textValue } from './dicom-tree.ts';
import { CANARY } from './fuzz-case.ts';

/** Fields that place and shape pixels, contours and doses: what a reader believes. */
export const HOT_TAGS: readonly number[] = [
  0x00080005, 0x00080008, 0x00080016, 0x00080018, 0x00080060, 0x0020000d, 0x0020000e, 0x00200013, 0x00200032, 0x00200037,
  0x00200052, 0x00180050, 0x00180088, 0x00280002, 0x00280004, 0x00280008, 0x00280010, 0x00280011, 0x00280030, 0x00280100,
  0x00280101, 0x00280102, 0x00280103, 0x00280106, 0x00280107, 0x00280120, 0x00281052, 0x00281053, 0x00281054, 0x00541001, 0x30060020,
  0x30060022, 0x30060024, 0x30060026, 0x30060039, 0x30060040, 0x30060042, 0x30060046, 0x30060050, 0x30060080, 0x30060084,
  0x300600a4, 0x30040002, 0x30040004, 0x3004000c, 0x3004000e, 0x00620001, 0x00620002, 0x00620004, 0x00620005, 0x0062000a,
  0x0062000b, 0x0062000e, 0x00209113, 0x00209116, 0x00289110, 0x52009229, 0x52009230, 0x7fe00010,
]; // prettier-ignore

const NUMBERS = [
  '0', '-0', '1', '-1', '2', '4.5', '0.1', '1e-300', '1e300', '-1e300', '1e999', 'NaN', 'nan', 'Infinity', '-Infinity', '0x10', '1,5', '',
  ' ', '1e12', '1000000000000', '2147483648', '-2147483649', '4294967296', '99999999999999999999', '1e', '--1', '1\0', '16384', '16385', '65535',
]; // prettier-ignore

const UIDS = [
  '', '../../etc/passwd', '../../../../../../tmp/efface-escape', '/absolute/name', '1.2\0.3', '1.2.3/../../4', 'C:\\windows', '1'.repeat(65),
  `1.${'2.'.repeat(200)}3`, '..', '.', 'a\nb', '\x1b[31mred', CANARY, '1.2.840.10008.1.2', '1.2.840.10008.5.1.4.1.1.2',
  '1.2.840.10008.5.1.4.1.1.4', '1.2.840.10008.5.1.4.1.1.2.1', '1.2.840.10008.5.1.4.1.1.4.1', '1.2.840.10008.5.1.4.1.1.7',
  '1.2.840.10008.5.1.4.1.1.481.2', '1.2.840.10008.5.1.4.1.1.481.3', '1.2.840.10008.5.1.4.1.1.481.5', '1.2.840.10008.5.1.4.1.1.66.4',
  '1.2.840.10008.5.1.4.1.1.66.1', '1.2.840.10008.5.1.4.1.1.66.7', '1.2.840.10008.1.3.10', '1.2.3.4.5.6.1',
]; // prettier-ignore

const WORDS = [
  '', ' ', 'CT', 'MR', 'PT', 'YES', 'NO', 'LOCALIZER', 'ORIGINAL\\PRIMARY\\LOCALIZER', 'DERIVED', '\\', '\\\\\\\\', 'MONOCHROME1', 'RGB', 'PALETTE COLOR',
  'ISO_IR 192', 'ISO 2022 IR 87', '\\ISO 2022 IR 149', 'UTF-7', 'GY', 'RELATIVE', 'BINARY', 'FRACTIONAL', 'LABELMAP', 'CLOSED_PLANAR', 'POINT', 'EXTERNAL',
  '\x1b$B', '\u00ff\u00fe', 'x'.repeat(300), '../../escape', 'NUL\0inside', '\x07\x1b[2J', CANARY,
]; // prettier-ignore

const ORIENTATIONS = [
  '1\\0\\0\\0\\1\\0', '0\\0\\0\\0\\0\\0', '1\\0\\0\\1\\0\\0', '1\\0\\0\\0.7\\0.7\\0', '2\\0\\0\\0\\1\\0', 'NaN\\0\\0\\0\\1\\0', '1\\0\\0', '1e300\\0\\0\\0\\1e300\\0',
  '0\\1\\0\\0\\0\\-1', '0.8\\0.6\\0\\-0.6\\0.8\\0', '-1\\0\\0\\0\\1\\0', '1\\0\\0\\0\\1\\0\\0', '1e-300\\0\\0\\0\\1\\0',
]; // prettier-ignore

const BITS = [
  0, 1, 2, 3, 4, 7, 8, 12, 15, 16, 17, 24, 31, 32, 33, 64, 255, 4096, 16_384, 16_385, 32_767, 32_768, 65_535,
];

export const VRS = [
  'AE', 'AS', 'AT', 'CS', 'DA', 'DS', 'DT', 'FL', 'FD', 'IS', 'LO', 'LT', 'OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'PN', 'SH', 'SL', 'SQ', 'SS', 'ST', 'SV',
  'TM', 'UC', 'UI', 'UL', 'UN', 'UR', 'US', 'UT', 'UV', 'ZZ', 'aa', '  ', '\0\0',
]; // prettier-ignore

/** Bytes of a value that a field of this VR may not have. */
export function oddValue(dice: Dice, tag: number, vr: string, what: string[]): Buffer {
  const text = (value: string): Buffer => {
    what.push(JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value));
    return textValue(vr, value);
  };
  if (dice.chance(0.1)) {
    what.push('random bytes');
    return dice.bytes(dice.int(24));
  }
  if (tag === 0x00200037) return text(dice.pick(ORIENTATIONS));
  switch (vr) {
    case 'US':
    case 'SS': {
      const values = Array.from({ length: dice.weighted([[8, 1], [1, 0], [1, 3]]) }, () => dice.pick(BITS)); // prettier-ignore
      what.push(String(values));
      return Buffer.from(Uint16Array.from(values).buffer);
    } // prettier-ignore
    case 'UL':
    case 'SL':
    case 'FL': {
      const value = dice.pick([0, 1, 2 ** 31, 2 ** 32 - 1, 0x7fc00000, 0x7f800000]);
      what.push(String(value));
      return Buffer.from(Uint32Array.of(value).buffer);
    } // prettier-ignore
    case 'FD': {
      const value = dice.pick([0, 0.5, -1, Number.NaN, Infinity, 1e300, 1e12]);
      what.push(String(value));
      return Buffer.from(Float64Array.of(value).buffer);
    }
    case 'DS':
    case 'IS': {
      const count = dice.weighted([[4, 1], [2, 2], [4, 3], [2, 6], [1, 0], [1, 30], [0.2, 9000]]); // prettier-ignore
      return text(Array.from({ length: count }, () => dice.pick(NUMBERS)).join('\\'));
    } // prettier-ignore
    case 'UI':
      return text(dice.pick(UIDS));
    case 'OB':
    case 'OW':
    case 'UN': {
      const length = dice.pick([0, 1, 2, 7, 39, 40, 41, 80, 5000]);
      what.push(`${length} bytes`);
      return dice.bytes(length);
    } // prettier-ignore
    default:
      return text(dice.pick(WORDS));
  }
}
