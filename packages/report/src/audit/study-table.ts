import type { AuditPerson, AuditRecord } from './audit-record.ts';
import type { TextTable } from './audit-tables.ts';
import { FACE_SHARE } from '../record.ts';

/** Tolerance of the 2023 study, Euclidean distance of dlib descriptors. */
const STUDY_TOLERANCE = 0.3;

/**
 * The table of the 2023 study of four defacers: cases, faces detected, and matches, by set and modality. A match is a
 * distance to the person's own original up to the tolerance; `attacker` names whose distance.
 */
export function studyTable(record: AuditRecord, attacker: string): TextTable {
  const frozen = record.attacks.find((attack) => attack.attacker === attacker)?.verification.accepted?.threshold;
  const groups = new Map<string, AuditPerson[]>();
  for (const person of record.persons) {
    if (person.set === 'known') continue;
    const key = JSON.stringify([person.set, person.modality ?? 'not acquired']);
    groups.set(key, [...(groups.get(key) ?? []), person]);
  }
  const rows = [...groups].map(([key, persons]) => {
    const [set, modality] = JSON.parse(key) as [string, string];
    const isDetected = ({ detectedShare = {} }: AuditPerson): boolean =>
      Object.values(detectedShare).some((share) => share >= FACE_SHARE);
    const matches = (tolerance: number): number =>
      persons.filter(({ nearest }) => (nearest?.[attacker]?.own ?? Infinity) <= tolerance).length;
    return [
      set,
      modality,
      String(persons.length),
      String(persons.filter(isDetected).length),
      String(matches(STUDY_TOLERANCE)),
      // Scores are minus distances.
      frozen === undefined ? '-' : String(matches(-frozen)),
    ];
  });
  return {
    title: 'Faces detected and matched',
    note:
      `As the 2023 study printed it, by ${attacker}. Read it beside the three tables: a replaced face is detected too, and ` +
      `a tolerance of ${STUDY_TOLERANCE} rejects most genuine pairs of photographs.`,
    columns: ['set', 'modality', 'cases', 'faces detected', `matches at ${STUDY_TOLERANCE}`, `matches at ${frozen === undefined ? 'the frozen threshold' : (-frozen).toFixed(3)}`], // prettier-ignore
    rows,
  };
}
