import type { SiteRow, SiteTable } from '../site-data.ts';
import { EMPTY_STATE, hashOf, type SortKey, stateOf, type TableState, visibleRows } from '../table-model.ts';
import { DECISION_WORDS, VERDICT_WORDS } from '../words.ts';
import { type Column, COLUMNS } from './columns.ts';
import { addKeys } from './keys.ts';
import { keepOrder } from './order.ts';

/** Rows of a page: few enough to be drawn at once, many enough to look through. */
const PAGE_ROWS = 100;

const FILTERS = ['verdict', 'way', 'modality', 'reason', 'decision'] as const;

declare global {
  // Set by data.js.
  var effaceTable: SiteTable | undefined;
}

function element<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

/** Brings the table of cases to life: sorting, filters, pages, the address. */
export function wireTable(): void {
  const { rows, isReview } = globalThis.effaceTable ?? { rows: [], isReview: false };
  // What was measured of no case is no column.
  const isThere = ({ key }: Column): boolean => rows.some((row) => row[key] !== null);
  const columns = COLUMNS.filter((column) => (column.isReview === true ? isReview : isThere(column)));
  let state = stateOf(location.hash);
  const show = (next: TableState): void => {
    state = next;
    const hash = hashOf(state);
    // Only the part behind '#' may change on a page from the disk.
    history.replaceState(null, '', hash === '' ? location.pathname + location.search : `#${hash}`);
    draw(rows, columns, state);
  };
  drawHead(columns, (key) => {
    const isSame = state.sort === key;
    // Up, down, as planned.
    if (isSame && state.descending) show({ ...state, sort: '', descending: false, page: 0 });
    else show({ ...state, sort: key, descending: isSame, page: 0 });
  });
  fillFilters(rows);
  const text = element<HTMLInputElement>('filter-text');
  text.addEventListener('input', () => {
    show({ ...state, text: text.value, page: 0 });
  });
  for (const key of FILTERS)
    filterOf(key)?.addEventListener('change', ({ target }) => {
      show({ ...state, [key]: (target as HTMLSelectElement).value, page: 0 });
    });
  const form = text.form as HTMLFormElement;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
  });
  form.addEventListener('reset', (event) => {
    event.preventDefault();
    show({ ...EMPTY_STATE, sort: state.sort, descending: state.descending });
  });
  element('page-before').addEventListener('click', () => {
    show({ ...state, page: state.page - 1 });
  });
  element('page-after').addEventListener('click', () => {
    show({ ...state, page: state.page + 1 });
  });
  // A link of the page, or the way back.
  addEventListener('hashchange', () => {
    if (location.hash === '#cases' || location.hash === '#main') return;
    show(stateOf(location.hash));
    element('cases').scrollIntoView();
  });
  addKeys([
    { keys: ['/'], words: 'find', act: () => { text.focus(); text.select(); } },
    { keys: ['j', 'n'], words: 'next row; Enter opens it', act: () => { stepRow(1); } },
    { keys: ['k', 'p'], words: 'previous row', act: () => { stepRow(-1); } },
  ]); // prettier-ignore
  show(state);
}

function filterOf(key: (typeof FILTERS)[number]): HTMLSelectElement | null {
  return document.querySelector(`#filter-${key}`);
}

function drawHead(columns: readonly Column[], onSort: (key: SortKey) => void): void {
  const cells = columns.map(({ key, title, hint, isNumber }) => {
    const cell = document.createElement('th');
    cell.scope = 'col';
    cell.dataset['key'] = key;
    if (isNumber) cell.className = 'number';
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = title;
    if (hint !== undefined) button.title = hint;
    button.addEventListener('click', () => {
      onSort(key);
    });
    cell.append(button);
    return cell;
  });
  document.querySelector('#table thead tr')?.replaceChildren(...cells);
}

function fillFilters(rows: readonly SiteRow[]): void {
  const values = {
    verdict: rows.map(({ verdict }) => verdict),
    way: rows.map(({ way }) => way),
    modality: rows.flatMap(({ modality }) => modality.split(' ')),
    reason: rows.flatMap(({ reasons }) => reasons),
    decision: rows.map(({ decision }) => decision),
  };
  const words: Readonly<Record<string, string>> = { ...DECISION_WORDS, ...Object.fromEntries(Object.entries(VERDICT_WORDS).map(([key, { word }]) => [key, word])) }; // prettier-ignore
  for (const key of FILTERS) {
    const options = [...new Set<string>(values[key])]
      .filter((value) => value !== '')
      .sort()
      .map((value) => new Option(key === 'verdict' || key === 'decision' ? words[value] : value, value));
    filterOf(key)?.append(...options);
  }
}

function draw(rows: readonly SiteRow[], columns: readonly Column[], state: TableState): void {
  const found = visibleRows(rows, state);
  const nPages = Math.max(1, Math.ceil(found.length / PAGE_ROWS));
  const page = Math.min(state.page, nPages - 1);
  const body = document.querySelector('#table tbody') as HTMLTableSectionElement;
  body.replaceChildren(...found.slice(page * PAGE_ROWS, (page + 1) * PAGE_ROWS).map((row) => rowElement(row, columns)));
  for (const cell of document.querySelectorAll<HTMLElement>('#table thead th')) {
    const isSorted = cell.dataset['key'] === state.sort;
    if (isSorted) cell.setAttribute('aria-sort', state.descending ? 'descending' : 'ascending');
    else cell.removeAttribute('aria-sort');
    const button = cell.firstElementChild as HTMLElement;
    const title = columns.find(({ key }) => key === cell.dataset['key'])?.title ?? '';
    button.textContent = isSorted ? `${title} ${state.descending ? '↓' : '↑'}` : title;
  }
  const isAll = found.length === rows.length;
  element('found').textContent = isAll ? `${rows.length.toLocaleString('en')} cases` : `${found.length.toLocaleString('en')} of ${rows.length.toLocaleString('en')} cases`; // prettier-ignore
  element('page-number').textContent = `Page ${page + 1} of ${nPages}`;
  (document.querySelector('.pages') as HTMLElement).hidden = nPages === 1;
  element<HTMLButtonElement>('page-before').disabled = page === 0;
  element<HTMLButtonElement>('page-after').disabled = page === nPages - 1;
  showFilters(state);
  keepOrder(found.map(({ id }) => id));
}

function showFilters(state: TableState): void {
  const text = element<HTMLInputElement>('filter-text');
  if (text.value !== state.text) text.value = state.text;
  for (const key of FILTERS) {
    const select = filterOf(key);
    if (!select) continue;
    // An address may name what no row has: then none is shown, and the filter says why.
    if (![...select.options].some(({ value }) => value === state[key])) select.append(new Option(state[key], state[key])); // prettier-ignore
    select.value = state[key];
  }
}

function rowElement(row: SiteRow, columns: readonly Column[]): HTMLTableRowElement {
  const line = document.createElement('tr');
  for (const [n, { cell: contents, isNumber }] of columns.entries()) {
    const cell = document.createElement(n === 0 ? 'th' : 'td');
    if (n === 0) cell.scope = 'row';
    if (isNumber) cell.className = 'number';
    cell.append(contents(row));
    line.append(cell);
  }
  return line;
}

/** Moves the focus to the link of another row: the first one where none has it. */
function stepRow(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>('#table tbody a')];
  const at = links.indexOf(document.activeElement as HTMLElement);
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step;
  links.at(Math.min(Math.max(next, 0), links.length - 1))?.focus();
}
