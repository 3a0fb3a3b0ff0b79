import type { RecordImage } from '../record.ts';
import type { SiteCase, SiteGroup, SiteRow } from './site-data.ts';

const largest = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.max(...values));

/** What of a case its row is made of. */
export type RowSource = Pick<SiteCase, 'id' | 'input' | 'way' | 'verdict' | 'failures' | 'durationMs' | 'review'> & {
  readonly groups: readonly (Pick<SiteGroup, 'record'> & {
    readonly drift: readonly { readonly changedVoxelCount: number }[];
  })[];
};

/** A case as a row of the table: of several images what is worst. */
export function rowOf({ id, input, way, verdict, groups, failures, durationMs, review }: RowSource): SiteRow {
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
    alteredBodyMl: largest(images.map(({ alteredBodyMl }) => alteredBodyMl)),
    faceBefore: largest(recognitions.map(({ faceSeenShareBefore }) => faceSeenShareBefore)),
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
  const ratios = recognitions
    .map(({ descriptorDistance, descriptorDistanceThreshold }) => descriptorDistance / descriptorDistanceThreshold)
    // A journal has no word for what is no number.
    .filter((_, n) => typeof recognitions[n].descriptorDistance === 'number');
  return ratios.length === 0 ? null : Math.min(...ratios);
}

/** Codes of what makes a case fail or need a look, each once. */
export function reasonsOf({ groups, failures }: Pick<RowSource, 'groups' | 'failures'>): string[] {
  const found = groups.flatMap(({ record }) => record.findings.filter(({ severity }) => severity !== 'note'));
  return [...new Set([...failures, ...found].map(({ code }) => code))];
}

/** The script that hands the rows to the table. `fetch` is not allowed to read a file from the disk, a script is. */
export function dataScript(cases: readonly SiteCase[], isReview: boolean): string {
  return `globalThis.effaceTable = ${JSON.stringify({ isReview, rows: cases.map(rowOf) })};\n`;
}
