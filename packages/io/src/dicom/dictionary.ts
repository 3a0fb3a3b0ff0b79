// @ts-expect-error dcmjs comes without types; this is the only place that imports it
import { dictionary } from 'dcmjs/dictionary';

/** The data dictionary of PS3.6, keyed by '(GGGG,EEEE)'. */
const DICTIONARY = dictionary as Readonly<Record<string, { readonly vr: string; readonly name: string } | undefined>>;

/** Value representations whose explicit form has a 16-bit length (PS3.5 section 7.1.2); all others have 32 bits. */
const SHORT_LENGTH = new Set('AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US'.split(' '));

/** True when the explicit form of this VR has a 32-bit length after two reserved bytes. */
export function hasLongLength(vr: string): boolean {
  return !SHORT_LENGTH.has(vr);
}

/** The dictionary's names for "depends on other fields", and what they are read as. */
const AMBIGUOUS: Readonly<Record<string, string>> = { xs: 'US', ox: 'OW', lt: 'OW', up: 'UL' };

/** VR of a public tag by the data dictionary (PS3.6), or 'UN' when it is private or unknown. */
export function vrOfTag(tag: number): string {
  const element = tag & 0xffff;
  if (element === 0) return 'UL';
  // Private creators are text; what else a manufacturer stores only he knows.
  if (isPrivate(tag)) return element >= 0x10 && element <= 0xff ? 'LO' : 'UN';
  const vr = DICTIONARY[tagName(tag).toUpperCase()]?.vr;
  if (vr === undefined) return 'UN';
  return AMBIGUOUS[vr] ?? vr;
}

/** Odd groups belong to manufacturers. */
export function isPrivate(tag: number): boolean {
  return ((tag >>> 16) & 1) === 1;
}

/** '(0028,0010)'. */
export function tagName(tag: number): string {
  const hex = (tag >>> 0).toString(16).padStart(8, '0');
  return `(${hex.slice(0, 4)},${hex.slice(4)})`;
}

let tagsOfKeywords: ReadonlyMap<string, number> | undefined;

/** Tag of a keyword of PS3.6, for example 'PatientName'. RangeError for a word that is none. */
export function tagOfKeyword(keyword: string): number {
  tagsOfKeywords ??= new Map(
    Object.entries(DICTIONARY).flatMap(([name, entry]): [string, number][] =>
      entry && /^\([0-9A-F]{4},[0-9A-F]{4}\)$/i.test(name)
        ? [[entry.name, parseInt(name.slice(1, 5) + name.slice(6, 10), 16)]]
        : [],
    ),
  );
  const tag = tagsOfKeywords.get(keyword);
  if (tag === undefined) throw new RangeError(`${keyword} is no keyword of the DICOM data dictionary`);
  return tag;
}
