import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SiteRow } from './site-data.ts';
import { EMPTY_STATE, hashOf, stateOf, visibleRows } from './table-model.ts';

function row(input: string, changes: Partial<SiteRow> = {}): SiteRow {
  return {
    id: `${input}/way`, input, way: 'way', verdict: 'pass', modality: 'CT', alteredMl: null, alteredBodyMl: null, faceBefore: null, faceAfter: null, distance: null,
    touched: null, structures: null, seconds: null, reasons: [], decision: 'none', comment: '', ...changes,
  }; // prettier-ignore
}

const ROWS = [
  row('sub-10', { alteredMl: 5, verdict: 'fail', reasons: ['NO_FACE', 'TOO_SMALL'], modality: 'CT PT' }),
  row('sub-2', { alteredMl: 50, verdict: 'review', modality: 'MR', decision: 'accept', comment: 'Ear left' }),
  row('sub-1', { verdict: 'pass', way: 'other' }),
  row('sub-3', { alteredMl: 7, verdict: 'open' }),
];
const names = (state: Partial<typeof EMPTY_STATE>): string[] => visibleRows(ROWS, { ...EMPTY_STATE, ...state }).map(({ input }) => input); // prettier-ignore

describe('the table of cases', () => {
  it('keeps the order of the plan until it is sorted', () => {
    expect(names({})).toEqual(['sub-10', 'sub-2', 'sub-1', 'sub-3']);
  });

  it('sorts names as people count, numbers as numbers, verdicts by how bad they are; what is not there comes last', () => {
    expect(names({ sort: 'input' })).toEqual(['sub-1', 'sub-2', 'sub-3', 'sub-10']);
    expect(names({ sort: 'alteredMl' })).toEqual(['sub-10', 'sub-3', 'sub-2', 'sub-1']);
    expect(names({ sort: 'alteredMl', descending: true })).toEqual(['sub-2', 'sub-3', 'sub-10', 'sub-1']);
    expect(names({ sort: 'verdict', descending: true })).toEqual(['sub-10', 'sub-2', 'sub-1', 'sub-3']);
  });

  it('filters by each and by all together', () => {
    expect(names({ text: 'SUB-1' })).toEqual(['sub-10', 'sub-1']);
    expect(names({ text: 'ear' })).toEqual(['sub-2']);
    expect(names({ text: 'too_small' })).toEqual(['sub-10']);
    expect(names({ modality: 'PT' })).toEqual(['sub-10']);
    expect(names({ reason: 'NO_FACE' })).toEqual(['sub-10']);
    expect(names({ decision: 'accept' })).toEqual(['sub-2']);
    expect(names({ way: 'way', verdict: 'fail', text: 'sub' })).toEqual(['sub-10']);
    expect(names({ way: 'other', verdict: 'fail' })).toEqual([]);
  });

  it('leaves the rows it was given as they were', () => {
    const before = ROWS.map(({ input }) => input);
    names({ sort: 'input', descending: true });
    expect(ROWS.map(({ input }) => input)).toEqual(before);
  });

  it('comes back from its address', () => {
    const state = fc.record({
      text: fc.string(), verdict: fc.constantFrom('', 'fail'), way: fc.string(), modality: fc.constantFrom('', 'CT'), reason: fc.string(),
      decision: fc.constantFrom('', 'none'), sort: fc.constantFrom('seconds' as const, 'reasons' as const), descending: fc.boolean(), page: fc.nat(50),
    }); // prettier-ignore
    fc.assert(
      fc.property(state, (own) => {
        expect(stateOf(`#${hashOf(own)}`)).toEqual(own);
      }),
    );
    expect(hashOf(EMPTY_STATE)).toBe('');
    expect(stateOf('#sort=nonsense&page=-3')).toEqual(EMPTY_STATE);
  });
});
