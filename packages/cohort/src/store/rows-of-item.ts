import { type CaseRecord, type RecordFinding, type RecordImage } from '@efface/report';
import { type WorkItem } from '../plan/cohort-plan.ts';
import { failureReasonOf, type ItemGroup, type Outcome, type Review } from '../run/journal.ts';
import { finite } from './finite.ts';
import { driftRows } from './rows-of-drift.ts';
import { type RowSink } from './results-schema.ts';

/** How an item stands: its outcome is undefined while it has none. */
export interface ItemStanding {
  readonly outcome: Outcome | undefined;
  readonly crashes: number;
  readonly review: Review | undefined;
}

/** Rows of everything that is known of an item. */
export function rowsOfItem(work: WorkItem, { outcome, crashes, review }: ItemStanding, add: RowSink): void {
  const { id: item, input, way, shard, key } = work;
  const session = input.session === '' ? undefined : input.session;
  add('items', {
    item,
    input: input.id,
    subject: input.subject,
    session,
    way: way.name,
    shard,
    files: input.files.length,
    input_bytes: input.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    verdict: outcome?.verdict,
    failure_code: outcome && failureReasonOf(outcome)?.code,
    attempt: outcome?.attempt,
    crashes,
    decision: review?.decision,
    key,
  });
  if (review) add('reviews', { item, decision: review.decision, comment: review.comment, decided_at: review.at });
  if (!outcome) return;
  for (const group of outcome.groups) rowsOfGroup(work, session, outcome, group, add);
  for (const [source, severity, some] of [
    ['failure', 'fail', outcome.failures],
    ['left out', 'note', outcome.leftOut],
  ] as const)
    for (const { group, code, message } of some)
      add('findings', { item, image_group: group, source, method: undefined, severity, code, message });
  add('timings', { item, image_group: undefined, stage: 'item', ms: outcome.durationMs });
}

function rowsOfGroup(
  { id: item, input, way }: WorkItem,
  session: string | undefined,
  { attempt }: Outcome,
  group: ItemGroup,
  add: RowSink,
): void {
  const { name, output, record } = group;
  const first = record.images.at(0);
  const codes = record.findings.filter(({ severity }) => severity === record.verdict).map(({ code }) => code);
  add('cases', {
    item,
    image_group: name,
    input: input.id,
    subject: input.subject,
    session,
    way: way.name,
    method: record.method,
    verdict: record.verdict,
    finding_codes: listOf([...new Set(codes)]),
    tried: listOf((record.tried ?? []).map(({ method }) => method)),
    rule: record.rule === '' ? undefined : record.rule,
    modality: first?.modality,
    images: record.images.length,
    ...gridOf(first),
    altered_ml: first?.alteredMl,
    altered_body_ml: first?.alteredBodyMl,
    verification: record.recognition.mode,
    seed: record.seed,
    attempt,
    backend: record.backend.kind,
    device: record.backend.name,
    software: record.software.efface,
    output,
    finished_at: record.finishedAt,
  });
  record.images.forEach((image, n) => rowsOfImage({ item, image_group: name, image: n }, image, add));
  rowsOfRecord({ item, image_group: name }, record, add);
  for (const [stage, ms] of Object.entries({ ...record.timingsMs, ...group.timingsMs }))
    add('timings', { item, image_group: name, stage, ms });
  driftRows({ item, image_group: name }, group, add);
}

interface CaseKey {
  readonly item: string;
  readonly image_group: string;
}

function rowsOfImage(key: CaseKey & { readonly image: number }, image: RecordImage, add: RowSink): void {
  const { label, modality, storedType, alteredVoxels, alteredMl, alteredBodyMl, fillReal, recognition } = image;
  add('images', {
    ...key,
    label,
    modality,
    ...gridOf(image),
    stored_type: storedType,
    altered_voxels: alteredVoxels,
    altered_ml: alteredMl,
    altered_body_ml: alteredBodyMl,
    kept_back_voxels: image.keptBack.reduce((sum, { nVoxels }) => sum + nVoxels, 0),
    fill_value: fillReal,
    input_files: image.input.length,
    output_files: image.output.length,
  });
  if (!recognition) return;
  add('detections', {
    ...key,
    modality,
    face_seen_share_before: recognition.faceSeenShareBefore,
    face_seen_share_after: recognition.faceSeenShareAfter,
  });
  const { descriptorDistance, descriptorDistanceThreshold, shapeDistanceMm, shapeDistanceThresholdMm } = recognition;
  add('scores', { ...key, score: 'descriptor_distance', value: finite(descriptorDistance), threshold: finite(descriptorDistanceThreshold), unit: '1' }); // prettier-ignore
  if (shapeDistanceMm !== undefined)
    add('scores', { ...key, score: 'shape_distance', value: finite(shapeDistanceMm), threshold: finite(shapeDistanceThresholdMm), unit: 'mm' }); // prettier-ignore
}

function rowsOfRecord(key: CaseKey, record: CaseRecord, add: RowSink): void {
  const found = (source: string, findings: readonly RecordFinding[], method?: string): void => {
    for (const { severity, code, message } of findings) add('findings', { ...key, source, method, severity, code, message }); // prettier-ignore
  };
  const warned = (source: string, warnings: RecordImage['warnings']): void => {
    found(source, warnings.map((warning) => ({ ...warning, severity: 'note' }))); // prettier-ignore
  };
  found('case', record.findings);
  for (const { method, findings } of record.tried ?? []) if (method !== record.method) found('tried', findings, method);
  for (const { warnings } of record.images) warned('image', warnings);
  for (const { warnings } of record.companions) warned('companion', warnings);
  for (const companion of record.companions)
    add('companions', {
      ...key,
      kind: companion.kind,
      input_files: companion.input.length,
      output_files: companion.output.length,
      dangling_references: companion.danglingReferences,
      clipped_regions: companion.clippedRegions.length,
      zeroed_voxels: companion.zeroedVoxels,
    });
  for (const [name, value] of Object.entries(record.measured))
    add('measures', { ...key, kind: 'measured', name, value: finite(value), value_text: undefined });
  for (const [name, value] of Object.entries(record.parameters)) {
    const isNumber = typeof value === 'number';
    add('measures', { ...key, kind: 'parameter', name, value: isNumber ? value : undefined, value_text: isNumber ? undefined : String(value) }); // prettier-ignore
  }
}

function gridOf(
  image: RecordImage | undefined,
): Readonly<Record<`size_${'i' | 'j' | 'k'}` | `spacing_${'i' | 'j' | 'k'}_mm`, number | undefined>> {
  // prettier-ignore
  const [i, j, k] = image?.sizeIjk ?? [];
  const [iMm, jMm, kMm] = image?.spacingMm ?? [];
  return { size_i: i, size_j: j, size_k: k, spacing_i_mm: iMm, spacing_j_mm: jMm, spacing_k_mm: kMm };
}

const listOf = (names: readonly string[]): string | undefined => (names.length === 0 ? undefined : names.join(','));
