import { niftiBytes, openScan } from '@efface/io';
import { EffaceError, isUniformRescale, sameGrid, uniformRescale, type Volume } from '@efface/volume';
import { join } from 'node:path';
import { safeName, uniqueName } from '../groups.ts';
import { openGroups } from '../open-groups.ts';
import { type CohortPlan, pathOfPlan, type WorkItem } from '../plan/cohort-plan.ts';
import { type ItemGroup } from '../run/journal.ts';
import { isOfCases } from './of-cases.ts';

/** What a viewer can be shown of an image. */
export type ShownImage = 'before' | 'after' | 'mask';

/** Grids of one image by two writers: what text and f32 leave. */
const GRID_TOLERANCE_MM = 1e-3;

/** The images of a case are not what the viewer could lay on each other. */
class ImagesDifferError extends EffaceError {
  constructor(label: string) {
    super(
      'REVIEW_OTHER_GRID',
      'inputRefused',
      `${label}: what was written is not there or has other voxels; do the case again`,
    );
  }
}

interface ImagePair {
  readonly before: Volume;
  readonly after: Volume;
}

/** Images of cases as NIfTI in memory, whatever they are stored as. Holds the pair that was asked for last, and no file is written. */
export class CaseImages {
  readonly #folder: string;
  readonly #plan: CohortPlan;
  #last: { readonly name: string; readonly pair: Promise<ImagePair> } | undefined;

  constructor(folder: string, plan: CohortPlan) {
    this.#folder = folder;
    this.#plan = plan;
  }

  /**
   * One of the images of a group: as it lies in the input, as it was written, or where they differ (1).
   * @throws what `openGroups` and `openScan` throw
   */
  async bytes(item: WorkItem, group: ItemGroup, image: number, what: ShownImage): Promise<Uint8Array> {
    const name = `${item.id}@${item.key}/${group.name}/${image}/${group.record.finishedAt}`;
    if (this.#last?.name !== name) {
      const pair = this.#open(item, group, image);
      const last = { name, pair };
      this.#last = last;
      pair.catch(() => {
        if (this.#last === last) this.#last = undefined;
      });
    }
    const { before, after } = await this.#last.pair;
    return niftiBytes(what === 'mask' ? maskBetween(before, after) : viewable(what === 'before' ? before : after));
  }

  async #open(item: WorkItem, group: ItemGroup, image: number): Promise<ImagePair> {
    const { modality: usual, allowUnknownOrientation, allowResample } = this.#plan.config.open;
    const { modality = usual, path } = item.input;
    const options = { allowUnknownOrientation, allowResample, ...(modality ? { modality } : {}) };
    const { groups } = await openGroups(pathOfPlan(this.#plan, path), options);
    const entries = groups.find(({ name }) => name === group.name)?.entries ?? [];
    const recorded = group.record.images[image];
    if (image >= entries.length) throw new ImagesDifferError(recorded.label);
    const before = (await entries[image].open()).volume;
    // As the case named them when it wrote them.
    const used = new Set<string>();
    const names = entries.map((entry) => uniqueName(safeName(entry), used));
    const written = entries[image].kind === 'dicom' ? names[image] : recorded.output[0].name;
    const place = join(this.#folder, ...group.output.split('/'), written);
    if (!(await isOfCases(this.#folder, place))) throw new ImagesDifferError(recorded.label);
    const after = (await openScan(place, { ...options, modality: before.modality, allowUnknownOrientation: true })).volume; // prettier-ignore
    if (!sameGrid(before.grid, after.grid, GRID_TOLERANCE_MM)) throw new ImagesDifferError(recorded.label);
    return { before, after };
  }
}

/** The volume in a form that NIfTI holds and viewers read: real values where slices have lines of their own, or the type is rare. */
function viewable(volume: Volume): Volume {
  const { type, rescale, voxels, grid } = volume;
  if (isUniformRescale(rescale) && type !== 'u64' && type !== 'i64') return volume;
  const [ni, nj, nk] = grid.sizeIjk;
  const real = new Float32Array(voxels.length);
  for (let k = 0, n = 0; k < nk; k++) {
    const [slope, intercept] = [rescale.slopePerK[k], rescale.interceptPerK[k]];
    for (const end = n + ni * nj; n < end; n++) real[n] = Number(voxels[n]) * slope + intercept;
  }
  return { ...volume, type: 'f32', voxels: real, rescale: uniformRescale(nk, 1, 0) };
}

/** 1 where a stored value is another. */
function maskBetween({ grid, voxels: a }: Volume, { voxels: b }: Volume): Volume {
  const mask = new Uint8Array(a.length);
  for (let n = 0; n < a.length; n++) if (!Object.is(a[n], b[n])) mask[n] = 1;
  return { grid, type: 'u8', voxels: mask, rescale: uniformRescale(grid.sizeIjk[2], 1, 0), modality: 'OT', unit: 'arbitrary' }; // prettier-ignore
}
