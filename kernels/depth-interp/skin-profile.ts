import { bytesOfFormat, defineKernel, exact } from '@efface/compute';
import { skinProfileCpu } from './skin-profile.cpu.ts';
import { skinProfileSource } from './skin-profile.gen.ts';

/** Voxels one invocation counts: VOXELS_EACH of the shader. */
const VOXELS_EACH = 32;

/** Most bins: MAX_BINS of the shader. */
export const MAX_PROFILE_BINS = 256;

/** Words of a bin: see the shader. */
export const PROFILE_BIN_WORDS = 7;

/**
 * Counts and sums of values by depth below the skin. Exact: positions are whole numbers, depths and values come from
 * correctly rounded sums and products that are the same f32 everywhere, and what is summed is whole.
 *
 * Cost: what lies behind the window down to the deepest bin is read; its share is not known without the depths, so the
 * volume counts once.
 */
export const skinProfile = defineKernel({
  source: skinProfileSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 256 } },
  workgroups: ({ sizeIjk: [ni, nj, nk] }, constants) =>
    Math.max(1, Math.ceil((ni * nj * nk) / (VOXELS_EACH * constants['WG_X']))),
  cost: ({ sizeIjk: [ni, nj, nk], sizePx: [nu, nv], binCount }, constants) => ({
    readBytes: ni * nj * nk * bytesOfFormat(constants['VOXEL_FORMAT']) + 8 * nu * nv,
    writeBytes: 4 * PROFILE_BIN_WORDS * binCount,
    flops: 20 * ni * nj * nk,
  }),
  accuracy: exact(),
  cpu: skinProfileCpu,
});
