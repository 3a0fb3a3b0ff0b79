import {
  add,
  allocateVoxels,
  type Grid,
  type Mask,
  maskToBytes,
  scale,
  uniformRescale,
  type Vec3,
  type Volume,
} from '@efface/volume';
import type { PortraitGrid } from '../portraits/portrait-grid.ts';
import { faceCentreLps } from '../portraits/render-portraits.ts';
import type { RenderFrame } from '../render.ts';
import type { HeadRequest } from './describe-head.ts';

/** Something without a face, rendered as heads are: what a detector finds there is wrong. */
export interface NegativeControl {
  /** File-name-safe. */
  readonly name: string;
  readonly request: HeadRequest;
}

/** A head that controls are made from. */
export interface ControlHead extends HeadRequest {
  /** Mask of the brain and the grid it is on. */
  readonly brain: { readonly grid: Grid; readonly mask: Mask };
}

/** Where the whole front is cut off, mm ahead of the middle of the brain: behind the eyes, through the temples. */
const CUT_AHEAD_MM = 40;

/** The back of a head, its bare brain, and the head with its whole front cut off. */
export function controlsOfHead(head: ControlHead): NegativeControl[] {
  const { volume, frame, thresholdReal, smoothMm, grid } = head;
  const request: HeadRequest = { volume, frame, thresholdReal, smoothMm, grid };
  const cut = add(frame.originLps, scale(frame.posteriorLps, -CUT_AHEAD_MM));
  return [
    { name: 'back', request: { ...request, grid: turnedAround(grid), frame: shiftedBack(frame) } },
    {
      name: 'front-cut-off',
      request: {
        ...request,
        clips: [{ kind: 'plane', pointLps: cut, normalLps: scale(frame.posteriorLps, -1), keep: 'inside' }],
      },
    },
    { name: 'brain', request: { ...request, ...brainAlone(head) } },
  ];
}

function turnedAround({ cameras, lights }: PortraitGrid): PortraitGrid {
  const turn = <D extends { readonly yawDegrees: number }>(direction: D): D => ({
    ...direction,
    yawDegrees: direction.yawDegrees + 180,
  });
  return { cameras: cameras.map(turn), lights: lights.map(turn) };
}

/** The cameras look at the middle of the head instead of the face, which they would see through the neck. */
function shiftedBack(frame: RenderFrame): RenderFrame {
  const toFace = faceCentreLps(frame).map((value, d) => value - frame.originLps[d]) as unknown as Vec3;
  return { ...frame, originLps: add(frame.originLps, scale(toFace, -1)) };
}

/** The brain where the face would be: its middle in the middle of the picture. */
function brainAlone({ brain, frame }: ControlHead): Pick<HeadRequest, 'volume' | 'thresholdReal' | 'frame'> {
  const { grid, mask } = brain;
  const bytes = maskToBytes(mask);
  const voxels = allocateVoxels('u8', bytes.length) as Uint8Array;
  voxels.set(bytes);
  const volume: Volume = {
    grid,
    type: 'u8',
    voxels,
    rescale: uniformRescale(grid.sizeIjk[2], 1, 0),
    modality: 'OT',
    unit: 'arbitrary',
  };
  return { volume, thresholdReal: 0.5, frame: shiftedBack(frame) };
}

const UPRIGHT: RenderFrame = {
  originLps: [0, 0, 0],
  leftLps: [1, 0, 0],
  posteriorLps: [0, 1, 0],
  superiorLps: [0, 0, 1],
};
const SPACING_MM = 3;

/** Half axes left-right, anterior-posterior, inferior-superior, mm. */
const SOLIDS: Readonly<Record<string, Vec3>> = { sphere: [80, 80, 80], ellipsoid: [70, 95, 105] };

/** A ball, and an ellipsoid of the size and form of a head. */
export function controlsOfSolids(grid: PortraitGrid): NegativeControl[] {
  const centre = faceCentreLps(UPRIGHT);
  return Object.entries(SOLIDS).map(([name, halfMm]) => {
    const volume = solid(halfMm, centre);
    return { name, request: { volume, thresholdReal: 0, smoothMm: 0, frame: UPRIGHT, grid } };
  });
}

/** Real values fall from 1 at the centre through 0 at the surface. */
function solid(halfMm: Vec3, centreLps: Vec3): Volume {
  const sizeIjk = halfMm.map((half) => 2 * Math.ceil(half / SPACING_MM) + 5) as unknown as Vec3;
  const [ni, nj, nk] = sizeIjk;
  const first = sizeIjk.map((n, d) => centreLps[d] - (SPACING_MM * (n - 1)) / 2);
  const voxels = allocateVoxels('f32', ni * nj * nk) as Float32Array;
  const part = (index: number, d: 0 | 1 | 2): number => ((index - (sizeIjk[d] - 1) / 2) * SPACING_MM) / halfMm[d];
  for (let k = 0, n = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, n++) voxels[n] = 1 - Math.hypot(part(i, 0), part(j, 1), part(k, 2));
  const affineIjkToLps = [
    SPACING_MM, 0, 0, first[0], 0, SPACING_MM, 0, first[1], 0, 0, SPACING_MM, first[2],
  ]; // prettier-ignore
  return {
    grid: { sizeIjk, affineIjkToLps },
    type: 'f32',
    voxels,
    rescale: uniformRescale(nk, 1, 0),
    modality: 'OT',
    unit: 'arbitrary',
  };
}
