import { AUDIT_SCHEMA, type AuditRecord } from '@efface/report';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COHORT_FILES } from '../plan/cohort-plan.ts';

const rate = (count: number, of: number, low: number, high: number) => ({ count, of, interval: { low, high } });

/** An audit of two heads and what one way made of them, as far as tables look. */
export const AUDIT: AuditRecord = {
  schema: AUDIT_SCHEMA,
  software: { efface: 'test', node: 'v0', platform: 'none' },
  backend: { kind: 'cpu', name: 'a processor' },
  networks: [],
  provider: 'cpu',
  protocol: { grid: '', calibration: '', genuineFromSessions: 0, genuineFromOneScan: 2 },
  persons: [
    { set: 'known', subject: 'a', session: '', method: '', modality: 'CT', detectedShare: { net: 1 } },
    { set: 'known', subject: 'b', session: '2', method: '', failure: { code: 'NOT_A_HEAD', message: 'b: is none' } },
    {
      set: 'quickshear',
      subject: 'a',
      session: '',
      method: 'quickshear',
      modality: 'CT',
      detectedShare: { net: 0.25 },
      nearest: { 'net, mean': { subject: 'b', distance: 0.5, own: 0.75, rank: 2 }, geometry: { subject: 'b', distance: null, own: null, rank: null } }, // prettier-ignore
    },
  ],
  detection: [
    { set: 'quickshear', detector: 'net', cut: 0.5, persons: rate(0, 1, 0, 0.975), pictures: rate(2, 9, 0.028, 0.6) },
  ],
  attacks: [
    {
      set: 'quickshear',
      attacker: 'net, mean',
      verification: {
        nGenuine: 1, nImpostor: 1, failuresToAcquire: 0, areaUnderCurve: 0.5, areaInterval: { low: 0, high: 1 }, equalErrorRate: 0.5,
        dPrime: undefined, trueAcceptRateAt1In100: 0, trueAcceptRateAt1In1000: 0,
        accepted: { threshold: -0.4, genuine: rate(0, 1, 0, 0.975), impostor: rate(1, 1, 0.025, 1) },
      },
      identification: { gallerySize: 2, rankOne: rate(0, 1, 0, 0.975), rankFive: rate(1, 1, 0.025, 1), chance: 0.5, cumulativeMatch: [0, 1], rankOneBySize: [] },
      roc: [],
      mcNemarAgainstOriginals: 1,
    },
  ],
  comparisons: [{ attacker: 'geometry', setA: 'quickshear', setB: 'reface', subjects: 2, onlyA: 1, onlyB: 0, mcNemar: 1 }],
  timingsMs: {},
  finishedAt: '2026-01-01T00:00:00.000Z',
}; // prettier-ignore

/** Puts an audit of CT into a cohort's folder, as `auditCohort` does. @param plan fingerprint of the plan it says it is of */
export function writeAuditOf(folder: string, plan: string, audit: unknown = AUDIT): void {
  const home = join(folder, COHORT_FILES.audits, 'CT');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'audit.json'), JSON.stringify(audit));
  writeFileSync(join(home, 'index.html'), '');
  writeFileSync(join(folder, COHORT_FILES.audits, 'audits.json'), JSON.stringify({ schema: 'efface-audits/1', plan, modalities: ['CT'] })); // prettier-ignore
}
