import type { SiteRow } from './site-data.ts';

/** Which rows are shown and in which order. */
export interface TableState {
  /** Part of the name, the method, a reason or the comment; letter case does not matter. */
  readonly text: string;
  readonly verdict: string;
  readonly way: string;
  readonly modality: string;
  readonly reason: string;
  readonly decision: string;
  readonly sort: SortKey | '';
  readonly descending: boolean;
  /** From 0. */
  readonly page: number;
}

/** What can be sorted by. */
export type SortKey = Exclude<keyof SiteRow, 'id' | 'comment' | 'structures'>;

export const EMPTY_STATE: TableState = {
  text: '', verdict: '', way: '', modality: '', reason: '', decision: '', sort: '', descending: false, page: 0,
}; // prettier-ignore

const SORT_KEYS: readonly SortKey[] = [
  'input', 'way', 'verdict', 'modality', 'alteredMl', 'faceAfter', 'distance', 'touched', 'seconds', 'reasons', 'decision',
]; // prettier-ignore

/** The worst first when sorted downwards. */
const RANK: Readonly<Record<string, number>> = {
  open: 0, pass: 1, review: 2, fail: 3,
  none: 0, accept: 1, reject: 2,
}; // prettier-ignore

/** The rows that the filters leave, sorted. What has no value comes last either way; equal rows keep the order of the plan. */
export function visibleRows(rows: readonly SiteRow[], state: TableState): SiteRow[] {
  const text = state.text.trim().toLowerCase();
  const found = rows.filter(
    (row) =>
      (state.verdict === '' || row.verdict === state.verdict) &&
      (state.way === '' || row.way === state.way) &&
      (state.modality === '' || row.modality.split(' ').includes(state.modality)) &&
      (state.reason === '' || row.reasons.includes(state.reason)) &&
      (state.decision === '' || row.decision === state.decision) &&
      (text === '' || `${row.id} ${row.comment} ${row.reasons.join(' ')}`.toLowerCase().includes(text)),
  );
  const { sort, descending } = state;
  if (sort === '') return found;
  const sign = descending ? -1 : 1;
  return found.sort((a, b) => compare(valueOf(a, sort), valueOf(b, sort), sign));
}

function valueOf(row: SiteRow, key: SortKey): string | number | undefined {
  const value = row[key];
  if (key === 'verdict' || key === 'decision') return RANK[value as string];
  if (typeof value === 'object') return value === null || value.length === 0 ? undefined : value.join(' ');
  return value === '' ? undefined : value;
}

// One collator for all comparisons: making one takes longer than sorting.
const { compare: compareText } = new Intl.Collator('en', { numeric: true });

function compare(a: string | number | undefined, b: string | number | undefined, sign: number): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return sign * (typeof a === 'number' && typeof b === 'number' ? a - b : compareText(String(a), String(b)));
}

/** The state as the part of an address behind '#', so that a view can be linked and comes back. */
export function hashOf(state: TableState): string {
  const parameters = new URLSearchParams();
  for (const key of ['text', 'verdict', 'way', 'modality', 'reason', 'decision'] as const)
    if (state[key] !== '') parameters.set(key, state[key]);
  if (state.sort !== '') parameters.set('sort', `${state.descending ? '-' : ''}${state.sort}`);
  if (state.page > 0) parameters.set('page', String(state.page + 1));
  return parameters.toString();
}

/** The state of an address; what makes no sense is left out. */
export function stateOf(hash: string): TableState {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  const get = (key: string): string => parameters.get(key) ?? '';
  const sort = get('sort').replace(/^-/, '') as SortKey;
  const page = Number(get('page')) - 1;
  return {
    text: get('text'),
    verdict: get('verdict'),
    way: get('way'),
    modality: get('modality'),
    reason: get('reason'),
    decision: get('decision'),
    sort: SORT_KEYS.includes(sort) ? sort : '',
    descending: get('sort').startsWith('-'),
    page: Number.isInteger(page) && page > 0 ? page : 0,
  };
}
