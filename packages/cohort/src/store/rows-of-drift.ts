import { PYRADIOMICS_FIRST_ORDER_NAMES } from '@efface/kernels';
import { featureDrifts, overwrittenOf } from '@efface/radiomics';
import { type ItemGroup } from '../run/journal.ts';
import { type RowSink } from './results-schema.ts';
import { finite } from './finite.ts';

/** Rows of what became of the structures and the dose of a case. */
export function driftRows(
  key: { readonly item: string; readonly image_group: string },
  { drift, dose = [] }: Pick<ItemGroup, 'drift' | 'dose'>,
  add: RowSink,
): void {
  const drawingOf = counter();
  for (const own of drift?.drifts ?? []) {
    const { structure, voxelCount, changedVoxelCount, maxChange } = own;
    const drawing = drawingOf(structure);
    add('drift', {
      ...key,
      structure,
      drawing,
      voxels: voxelCount,
      changed_voxels: changedVoxelCount,
      changed_share: changedVoxelCount / voxelCount,
      max_change: finite(maxChange),
      overwritten: overwrittenOf(own),
    });
    for (const { key: feature, original, defaced, difference, studyPercent, logRatio } of featureDrifts(own)) {
      const [before, after] = [finite(original), finite(defaced)];
      const isPair = before !== undefined && after !== undefined;
      add('features', {
        ...key,
        structure,
        drawing,
        feature: PYRADIOMICS_FIRST_ORDER_NAMES[feature],
        original: before,
        defaced: after,
        difference: isPair ? difference : undefined,
        study_percent: isPair ? studyPercent : undefined,
        log_ratio: isPair ? logRatio : undefined,
      });
    }
  }
  for (const structure of drift?.empty ?? [])
    add('drift', { ...key, structure, drawing: drawingOf(structure), voxels: 0, changed_voxels: 0, changed_share: undefined, max_change: undefined, overwritten: undefined }); // prettier-ignore
  const doseOf = counter();
  for (const { structure, metric, unit, before, after } of dose) {
    const [a, b] = [finite(before), finite(after)];
    const difference = a === undefined || b === undefined ? undefined : b - a;
    add('dose', {
      ...key,
      structure,
      drawing: doseOf(`${structure}\0${metric}`),
      metric,
      unit,
      before: a,
      after: b,
      difference,
    });
  }
}

/** Numbers those of one name, from 0. */
function counter(): (name: string) => number {
  const seen = new Map<string, number>();
  return (name) => {
    const n = seen.get(name) ?? 0;
    seen.set(name, n + 1);
    return n;
  };
}
