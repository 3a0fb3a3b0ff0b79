import type { DataSet } from '../data-set.ts';

/** Text of a private element: its block is where its creator is named (PS3.5 section 7.8.1). */
export function privateText(header: DataSet, group: number, creator: string, element: number): string | undefined {
  for (let block = 0x10; block <= 0xff; block++) {
    if (header.text(tagOf(group, block)) === creator) return header.text(tagOf(group, (block << 8) | element));
  }
  return undefined;
}

/** Decimal number of a private element; undefined when it is absent or none. */
export function privateNumber(header: DataSet, group: number, creator: string, element: number): number | undefined {
  const text = privateText(header, group, creator, element) ?? '';
  const value = Number(text);
  return text === '' || !Number.isFinite(value) ? undefined : value;
}

function tagOf(group: number, element: number): number {
  return ((group << 16) | element) >>> 0;
}
