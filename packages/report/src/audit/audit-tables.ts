import type { AuditAttack, AuditRecord, RecordProportion } from './audit-record.ts';

/** A table of text: a title, a line that says how to read it, columns and rows. */
export interface TextTable {
  readonly title: string;
  readonly note: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** `12 of 60, 20.0 % [10.8, 32.3]`. */
export function proportionText({ count, of, interval }: RecordProportion): string {
  if (of === 0) return 'none';
  const bounds = `${(100 * interval.low).toFixed(1)}, ${(100 * interval.high).toFixed(1)}`;
  return `${count} of ${of}, ${percent(count / of)} [${bounds}]`;
}

/** Impostors belong beside it: a threshold that accepts everybody accepts every genuine pair. */
function acceptedText({ genuine, impostor }: NonNullable<AuditAttack['verification']['accepted']>): string {
  return `${proportionText(genuine)}; impostors ${percent(impostor.count / Math.max(1, impostor.of))}`;
}

const probability = (p: number): string => (p < 1e-4 ? p.toExponential(1) : p.toFixed(4));

/** Detection, verification and identification: three tables, never one; with several methods, how they compare. */
export function auditTables({ detection, attacks, comparisons }: AuditRecord): TextTable[] {
  const tables: TextTable[] = [
    {
      title: 'Detection',
      note:
        'Is there a face? Persons in at least half of whose pictures one is seen, with exact 95 % intervals. A replaced ' +
        'face is a face: detection says nothing about whose it is.',
      columns: ['set', 'detector', 'score above', 'persons', 'pictures'],
      rows: detection.map(({ set, detector, cut, persons, pictures }) => [
        set,
        detector,
        cut.toFixed(3),
        proportionText(persons),
        proportionText(pictures),
      ]),
    },
    {
      title: 'Verification',
      note:
        'Is this unknown that known? What could not be acquired counts as not recognised. Area with its 95 % interval ' +
        'over subjects; TAR: genuine pairs accepted where 1 in 100, 1 in 1000 impostors are.',
      columns: [
        'set',
        'attacker',
        'pairs',
        'not acquired',
        'AUC',
        'EER',
        'd′',
        'TAR 1e-2',
        'TAR 1e-3',
        'at the frozen threshold',
      ],
      rows: attacks.map(({ set, attacker, verification: v }) => [
        set,
        attacker,
        `${v.nGenuine} / ${v.nImpostor}`,
        String(v.failuresToAcquire),
        `${v.areaUnderCurve.toFixed(3)} [${v.areaInterval.low.toFixed(3)}, ${v.areaInterval.high.toFixed(3)}]`,
        percent(v.equalErrorRate),
        v.dPrime === undefined ? '-' : v.dPrime.toFixed(2),
        percent(v.trueAcceptRateAt1In100),
        v.nImpostor < 1000 ? '-' : percent(v.trueAcceptRateAt1In1000),
        v.accepted === undefined ? '-' : acceptedText(v.accepted),
      ]),
    },
    {
      title: 'Identification',
      note: 'Which of the knowns is it? p: exact McNemar probability against the originals, same subjects, rank-1.',
      columns: ['set', 'attacker', 'gallery', 'rank-1', 'rank-5', 'chance', 'missed / false alarms, open set', 'p'],
      rows: attacks.map(({ set, attacker, identification: i, mcNemarAgainstOriginals: p }) => [
        set,
        attacker,
        String(i.gallerySize),
        proportionText(i.rankOne),
        proportionText(i.rankFive),
        percent(i.chance),
        i.openSet === undefined ? '-' : `${percent(i.openSet.missed)} / ${percent(i.openSet.falseAlarms)}`,
        p === undefined ? '-' : probability(p),
      ]),
    },
  ];
  if (comparisons.length === 0) return tables;
  return [
    ...tables,
    {
      title: 'Methods compared',
      note: 'The same subjects after two methods: who is found (rank-1) after one alone. p: exact McNemar probability.',
      columns: ['attacker', 'A', 'B', 'subjects', 'only after A', 'only after B', 'p'],
      rows: comparisons.map(({ attacker, setA, setB, subjects, onlyA, onlyB, mcNemar }) => [
        attacker,
        setA,
        setB,
        String(subjects),
        String(onlyA),
        String(onlyB),
        probability(mcNemar),
      ]),
    },
  ];
}

/** Tables as Markdown. */
export function markdownTables(tables: readonly TextTable[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return tables
    .map(({ title, note, columns, rows }) =>
      [`## ${title}`, '', note, '', line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n'),
    )
    .join('\n\n')
    .concat('\n');
}
