import type { RecordProportion } from '../audit/audit-record.ts';
import type { FiveNumbers, SiteReview, SiteVerdict } from './site-data.ts';

/** Verdicts in words, with a sign that is told without its colour. */
export const VERDICT_WORDS: Readonly<Record<SiteVerdict, { readonly sign: string; readonly word: string }>> = {
  pass: { sign: '✓', word: 'pass' },
  review: { sign: '!', word: 'review' },
  fail: { sign: '✕', word: 'fail' },
  open: { sign: '…', word: 'to do' },
};

/** Decisions in words. */
export const DECISION_WORDS: Readonly<Record<SiteReview['decision'], string>> = {
  accept: 'accepted',
  reject: 'rejected',
  none: 'undecided',
};

/** A number with so many significant digits, grouped where it is long. */
export function numberText(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-4) return value.toExponential(digits - 1).replace('-', '−');
  const rounded =
    Number.isInteger(value) || size >= 10 ** digits ? Math.round(value) : Number(value.toPrecision(digits));
  return rounded.toLocaleString('en', { maximumFractionDigits: 8 }).replace('-', '−');
}

/** A share as whole percent; what is nearly nothing or nearly all does not become it. */
export function percentText(share: number | null | undefined): string {
  if (share === null || share === undefined || Number.isNaN(share)) return '–';
  const percent = 100 * share;
  if (percent > 0 && percent < 1) return '< 1 %';
  if (percent > 99 && percent < 100) return '> 99 %';
  return `${Math.round(percent)} %`;
}

/** `3 of 4, 75 % [19, 99]`. */
export function rateText({ count, of, interval: { low, high } }: RecordProportion): string {
  if (of === 0) return '–';
  return `${count} of ${of}, ${Math.round((100 * count) / of)} % [${Math.round(100 * low)}, ${Math.round(100 * high)}]`;
}

/** `median [quartiles]`. */
export function quartileText(numbers: FiveNumbers | undefined): string {
  if (!numbers) return '–';
  const [, first, median, third] = numbers;
  return `${numberText(median)} [${numberText(first)}, ${numberText(third)}]`;
}

/** Bytes in the unit people read. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${numberText(bytes / 1024 ** power)} ${units[power]}`;
}

/** `1 case`, `2 cases`. */
export function countText(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}
