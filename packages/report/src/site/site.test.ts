import fc from 'fast-check';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { casePage } from './case-page.ts';
import { escape, Html, html } from './html.ts';
import { overviewPage } from './overview-page.ts';
import { dataScript, rowOf } from './rows.ts';
import type { SiteCase, SiteCohort } from './site-data.ts';
import { numberText, percentText, quartileText, rateText } from './words.ts';

const EVIL = `</script><script>alert(1)</script><img src=x onerror='alert(2)'>"&`;

function caseNamed(id: string, changes: Partial<SiteCase> = {}): SiteCase {
  const [input, way] = id.split('/');
  return {
    id, input, way, key: 'k', shard: 0, verdict: 'fail', attempt: 1, durationMs: 1500, groups: [],
    failures: [{ code: 'BROKEN', message: EVIL }], leftOut: [], review: { decision: 'reject', comment: EVIL, at: '2026-01-01T00:00:00Z' },
    ...changes,
  }; // prettier-ignore
}

const NONE = { count: 0, of: 1, interval: { low: 0, high: 0.975 } };

const COHORT: SiteCohort = {
  name: EVIL, software: '1', fingerprint: 'f'.repeat(64), nInputs: 1, cases: [caseNamed('a/b')], leftOut: [{ code: 'X', message: EVIL }],
  audits: [{ modality: EVIL, href: EVIL }], study: [{ title: EVIL, note: EVIL, columns: [EVIL], rows: [[EVIL]] }],
  ways: [{ name: EVIL, counts: { pass: 0, review: 0, fail: 1, open: 0 }, pass: NONE, review: NONE, fail: NONE, faceSeenBefore: NONE, faceSeenAfter: NONE, recognised: { count: 0, of: 0, interval: { low: 0, high: 1 } }, alteredMl: undefined, alteredBodyMl: undefined, seconds: [1, 2, 3, 4, 5] }],
  reasons: [{ code: 'BROKEN', severity: 'fail', nCases: 1, example: EVIL }],
}; // prettier-ignore

describe('a template', () => {
  it('lets no text become markup', () => {
    expect(html`<p title="${'"x"'}">${'<b>'}${['a', 1, undefined, false, html`<i>${'&'}</i>`]}</p>`.text).toBe('<p title="&quot;x&quot;">&lt;b&gt;a1<i>&amp;</i></p>'); // prettier-ignore
    fc.assert(fc.property(fc.string(), (text) => { expect(escape(text)).not.toMatch(/[<>"']/); })); // prettier-ignore
    expect(html`${new Html('<b>')}`.text).toBe('<b>');
  });
});

describe('a page', () => {
  const pages = [overviewPage(COHORT, false), overviewPage(COHORT, true)].concat(
    [false, true].map((isReview) => casePage(COHORT.cases[0], { index: 0, total: 1, before: undefined, after: undefined }, isReview)),
  ); // prettier-ignore

  it('holds what files and people say as text', () => {
    for (const page of pages) {
      expect(page).toContain('&lt;/script&gt;&lt;script&gt;alert(1)');
      expect(page).not.toMatch(/<script>|<img src=x|alert\(1\)<\/script>/);
    }
  });

  it('has no script and no style of its own, and says what it may load', () => {
    for (const page of pages) {
      expect(page.match(/<script[^>]*>[^<]/g)).toBeNull();
      expect(page).not.toMatch(/<style|\sstyle=|\son[a-z]+=["']/);
      expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
      expect(page).toMatch(/http-equiv="Content-Security-Policy"\s+content="default-src &#39;none&#39;; /);
    }
  });

  it('hands the rows on as a script that is nothing but data', () => {
    const page: { effaceTable?: unknown } = {};
    runInNewContext(dataScript(COHORT.cases, true), page);
    const found: unknown = JSON.parse(JSON.stringify(page.effaceTable));
    expect(found).toEqual({ isReview: true, rows: COHORT.cases.map(rowOf) });
  });
});

describe('words', () => {
  it.each([
    [0, '0'], [null, '–'], [1234.5, '1,235'], [12.345, '12.3'], [0.0012345, '0.00123'], [-1000, '−1,000'], [1e9, '1.00e+9'], [3, '3'], [Infinity, '∞'],
  ] as const)('%j is %s', (value, text) => {
    expect(numberText(value)).toBe(text);
  }); // prettier-ignore

  it('round no rate to nothing or to all', () => {
    expect([0, 0.001, 0.5, 0.999, 1].map((share) => percentText(share))).toEqual(['0 %', '< 1 %', '50 %', '> 99 %', '100 %']); // prettier-ignore
    expect(rateText({ count: 3, of: 4, interval: { low: 0.194, high: 0.994 } })).toBe('3 of 4, 75 % [19, 99]');
    expect(quartileText([1, 2, 3, 4, 5])).toBe('3 [2, 4]');
    expect(rateText({ count: 0, of: 0, interval: { low: 0, high: 1 } })).toBe('–');
  });
});
