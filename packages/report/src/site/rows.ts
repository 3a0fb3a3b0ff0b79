import type { RecordImage } from '../record.ts';
import type { SiteCase, SiteRow } from './site-data.ts';

const largest = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.max(...values));

/** A case as a row of the table: of several images what is worst. */
export function rowOf({ id, input, way, verdict, groups, failures, durationMs, review }: SiteCase): SiteRow {
  const images = groups.flatMap(({ record }) => record.images);
  const recognitions = images.flatMap(({ recognition }) => (recognition ? [recognition] : []));
  const drifts = groups.flatMap(({ drift }) => drift);
  return {
    id,
    input,
    way,
    verdict,
    modality: [...new Set(images.map(({ modality }) => modality))].join(' '),
    alteredMl: largest(images.map(({ alteredMl }) => alteredMl)),
    faceAfter: largest(recognitions.map(({ faceSeenShareAfter }) => faceSeenShareAfter)),
    distance: nearest(recognitions),
    touched: drifts.length === 0 ? null : drifts.filter(({ changedVoxelCount }) => changedVoxelCount > 0).length,
    structures: drifts.length === 0 ? null : drifts.length,
    seconds: durationMs === undefined ? null : durationMs / 1000,
    reasons: reasonsOf({ groups, failures }),
    decision: review?.decision ?? 'none',
    comment: review?.comment ?? '',
  };
}

function nearest(recognitions: readonly NonNullable<RecordImage['recognition']>[]): number | null {
  const ratios = recognitions.map(({ descriptorDistance, descriptorDistanceThreshold }) => descriptorDistance / descriptorDistanceThreshold); // prettier-ignore
  return ratios.length === 0 ? null : Math.min(...ratios);
}

/** Codes of what makes a case fail or need a look, each once. */
export function reasonsOf({ groups, failures }: Pick<SiteCase, 'groups' | 'failures'>): string[] {
  const found = groups.flatMap(({ record }) => record.findings.filter(({ severity }) => severity !== 'note'));
  return [...new Set([...failures, ...found].map(({ code }) => code))];
}

/** The script that hands the rows to the table. `fetch` is not allowed to read a file from the disk, a script is. */
export function dataScript(cases: readonly SiteCase[], isReview: boolean): string {
  return `globalThis.effaceTable = ${JSON.stringify({ isReview, rows: cases.map(rowOf) })};\n`;
}
