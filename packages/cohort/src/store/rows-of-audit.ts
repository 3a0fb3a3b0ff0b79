import { type AuditRecord } from '@efface/report';
import { finite } from './finite.ts';
import { type RowSink } from './results-schema.ts';

/** Rows of the audit of one modality: its persons one by one, then its rates. */
export function rowsOfAudit(modality: string, audit: AuditRecord, add: RowSink): void {
  for (const { set, subject, session, method, failure, detectedShare = {}, nearest = {} } of audit.persons) {
    const person = { modality, set, subject, method: known(method) };
    add('audit_persons', { ...person, session: known(session), failure_code: failure?.code });
    for (const [detector, share] of Object.entries(detectedShare))
      add('audit_detections', { ...person, detector, face_seen_share: finite(share) });
    for (const [attacker, found] of Object.entries(nearest))
      add('audit_matches', {
        ...person,
        attacker,
        nearest_subject: found.subject,
        nearest_distance: finite(found.distance),
        own_distance: finite(found.own),
        own_rank: finite(found.rank),
      });
  }
  for (const { set, detector, cut, persons, pictures } of audit.detection)
    add('audit_detection_rates', {
      modality,
      set,
      detector,
      cut,
      persons_seen: persons.count,
      persons: persons.of,
      persons_low: persons.interval.low,
      persons_high: persons.interval.high,
      pictures_seen: pictures.count,
      pictures: pictures.of,
      pictures_low: pictures.interval.low,
      pictures_high: pictures.interval.high,
    });
  for (const { set, probe, attacker, verification: v, identification: i, mcNemarAgainstOriginals } of audit.attacks)
    add('audit_attacks', {
      modality,
      set,
      probe,
      attacker,
      genuine_pairs: v.nGenuine,
      impostor_pairs: v.nImpostor,
      not_acquired: v.failuresToAcquire,
      auc: finite(v.areaUnderCurve),
      auc_low: finite(v.areaInterval.low),
      auc_high: finite(v.areaInterval.high),
      equal_error_rate: finite(v.equalErrorRate),
      tar_at_1e2: finite(v.trueAcceptRateAt1In100),
      tar_at_1e3: finite(v.trueAcceptRateAt1In1000),
      threshold: finite(v.accepted?.threshold),
      genuine_accepted: v.accepted?.genuine.count,
      impostors_accepted: v.accepted?.impostor.count,
      gallery: i.gallerySize,
      rank1: i.rankOne.count,
      rank1_of: i.rankOne.of,
      rank1_low: i.rankOne.interval.low,
      rank1_high: i.rankOne.interval.high,
      rank5: i.rankFive.count,
      chance: finite(i.chance),
      mcnemar_p: finite(mcNemarAgainstOriginals),
    });
  for (const { attacker, setA, setB, subjects, onlyA, onlyB, mcNemar } of audit.comparisons)
    add('audit_comparisons', { modality, attacker, set_a: setA, set_b: setB, subjects, only_a: onlyA, only_b: onlyB, mcnemar_p: finite(mcNemar) }); // prettier-ignore
}

/** An empty name says that there is none. */
const known = (name: string): string | undefined => (name === '' ? undefined : name);
