import { describe, expect, it } from 'vitest';
import { auditPage } from './audit-page.ts';
import { cmcSvg, rocSvg, scalingSvg } from './audit-plots.ts';
import type { AuditAttack, AuditRecord } from './audit-record.ts';
import { auditTables, markdownTables, proportionText } from './audit-tables.ts';
import { studyTable } from './study-table.ts';

const ATTACK: AuditAttack = {
  set: 'quickshear',
  attacker: 'geometry',
  verification: {
    nGenuine: 10,
    nImpostor: 90,
    failuresToAcquire: 2,
    areaUnderCurve: 0.5,
    areaInterval: { low: 0.25, high: 0.75 },
    equalErrorRate: 0.5,
    dPrime: undefined,
    trueAcceptRateAt1In100: 0.125,
    trueAcceptRateAt1In1000: 0.1,
  },
  identification: {
    gallerySize: 10,
    rankOne: { count: 1, of: 10, interval: { low: 0.0025, high: 0.4451 } },
    rankFive: { count: 5, of: 10, interval: { low: 0.187, high: 0.813 } },
    chance: 0.1,
    cumulativeMatch: [0.1, 0.2, 0.3, 0.4, 0.5],
    rankOneBySize: [{ size: 10, rate: 0.1 }],
    openSet: { missed: 0.9, falseAlarms: 0.2 },
  },
  roc: [[0, 0], [0.5, 0.5], [1, 1]], // prettier-ignore
  mcNemarAgainstOriginals: 0.0039,
};

const RECORD: AuditRecord = {
  schema: 'efface-audit/1',
  software: { efface: '0', node: 'v24', platform: 'linux x64' },
  backend: { kind: 'cpu', name: 'cpu' },
  networks: [{ name: 'net', sha256: 'ab'.repeat(32), licence: 'MIT', origin: 'somewhere' }],
  provider: 'cpu',
  protocol: { grid: '9 × 9', calibration: 'others', genuineFromSessions: 1, genuineFromOneScan: 9 },
  persons: [
    {
      set: 'quickshear',
      subject: '<img src=x onerror=alert(1)>',
      session: '',
      method: 'quickshear',
      modality: 'CT',
      detectedShare: { net: 0.25 },
      nearest: { geometry: { subject: 'other', distance: 0.5, own: 0.75, rank: 3 } },
    },
    { set: 'known', subject: 'b', session: '2', method: '', failure: { code: 'NOT_A_HEAD', message: 'b: is "no" head & <b>' } }, // prettier-ignore
  ],
  detection: [
    {
      set: 'quickshear',
      detector: 'net',
      cut: 0.25,
      pictures: { count: 0, of: 0, interval: { low: 0, high: 1 } },
      persons: { count: 0, of: 10, interval: { low: 0, high: 0.3085 } },
    },
  ],
  attacks: [ATTACK],
  comparisons: [],
  timingsMs: {},
  finishedAt: '2026-01-01T00:00:00.000Z',
};

describe('an audit on paper', () => {
  it('has three tables, counts with intervals, no rate finer than the pairs allow', () => {
    expect(auditTables(RECORD).map(({ title }) => title)).toEqual(['Detection', 'Verification', 'Identification']);
    const text = markdownTables(auditTables(RECORD));
    expect(text).toContain('| quickshear | net | 0.250 | 0 of 10, 0.0 % [0.0, 30.9] | none |');
    expect(text).toContain(
      '| quickshear | geometry | 10 / 90 | 2 | 0.500 [0.250, 0.750] | 50.0 % | - | 12.5 % | - | - |',
    );
    expect(text).toContain('1 of 10, 10.0 % [0.3, 44.5]');
    expect(text).toContain('| 90.0 % / 20.0 % | 0.0039 |');
    expect(proportionText({ count: 3, of: 3, interval: { low: 0.292, high: 1 } })).toBe(
      '3 of 3, 100.0 % [29.2, 100.0]',
    );
  });

  it('says what a threshold accepts of impostors too', () => {
    const accepted = { threshold: -0.8, genuine: { count: 3, of: 3, interval: { low: 0.292, high: 1 } }, impostor: { count: 3, of: 6, interval: { low: 0.1, high: 0.9 } } }; // prettier-ignore
    const attack = { ...ATTACK, verification: { ...ATTACK.verification, accepted } };
    const text = markdownTables(auditTables({ ...RECORD, attacks: [attack] }));
    expect(text).toContain('3 of 3, 100.0 % [29.2, 100.0]; impostors 50.0 %');
  });

  it('compares methods where there are several', () => {
    const comparison = { attacker: 'geometry', setA: 'quickshear', setB: 'reface', subjects: 10, onlyA: 0, onlyB: 5, mcNemar: 0.0625 }; // prettier-ignore
    const text = markdownTables(auditTables({ ...RECORD, comparisons: [comparison] }));
    expect(text).toContain('## Methods compared');
    expect(text).toContain('| geometry | quickshear | reface | 10 | 0 | 5 | 0.0625 |');
  });

  it('has the table of the study: who is near enough to the own original, by modality', () => {
    const { columns, rows } = studyTable(RECORD, 'geometry');
    expect(columns.slice(0, 5)).toEqual(['set', 'modality', 'cases', 'faces detected', 'matches at 0.3']);
    expect(rows).toEqual([['quickshear', 'CT', '1', '0', '0', '-']]);
    const near = { ...RECORD.persons[0], detectedShare: { net: 0.75 }, nearest: { geometry: { subject: 'x', distance: 0.1, own: 0.25, rank: 2 } } }; // prettier-ignore
    const lost = { ...RECORD.persons[1], set: 'quickshear' };
    const accepted = { threshold: -0.8, genuine: { count: 0, of: 0, interval: { low: 0, high: 1 } }, impostor: { count: 0, of: 0, interval: { low: 0, high: 1 } } }; // prettier-ignore
    const attack = { ...ATTACK, verification: { ...ATTACK.verification, accepted } };
    const both = { ...RECORD, persons: [...RECORD.persons, near, lost], attacks: [attack] };
    expect(studyTable(both, 'geometry').rows).toEqual([
      ['quickshear', 'CT', '2', '1', '1', '2'],
      ['quickshear', 'not acquired', '1', '0', '0', '0'],
    ]);
  });

  it('has curves with chance beside them', async () => {
    const probed = { ...ATTACK, set: 'somewhere else', probe: 'undo' };
    const plots = [rocSvg, cmcSvg, scalingSvg].map((plot) => plot([ATTACK, probed]));
    for (const svg of await Promise.all(plots)) {
      expect(svg).not.toContain('somewhere else');
      expect(svg).toMatch(/^<svg /);
      expect(svg).toContain('quickshear, geometry');
      expect(svg).toContain('chance (perfect removal)');
    }
  });

  it('has a page that runs nothing a name holds', () => {
    const page = auditPage({ record: RECORD, roc: '<svg/>', cmc: '<svg/>', scaling: '<svg/>', thumbnail: ({ set }) => (set === 'known' ? undefined : 'faces/quickshear-1.png') }); // prettier-ignore
    expect(page).not.toContain('<img src=x');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(page).toContain('b: is &quot;no&quot; head &amp; &lt;b&gt;');
    expect(page).toContain('<img src="faces/quickshear-1.png"');
    expect(page).toContain('geometry: 0.75, rank 3');
    expect(page).not.toContain('class="hit"');
    expect(page).not.toMatch(/https?:/);
  });
});
