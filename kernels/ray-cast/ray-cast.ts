import { type Backend, type DeviceBuffer, type DeviceVolume, volumeArguments } from '@efface/compute';
import { determinant, type Grid } from '@efface/volume';
import { brickExtent, bricksOf } from './brick-extent.ts';
import { brickReach } from './brick-reach.ts';
import { type Camera, packCameras } from './camera.ts';
import { type ClipShape, packClips } from './clip.ts';
import { firstHit } from './first-hit.ts';

/** What to look at, and from where. */
export interface RayCastRequest {
  readonly volume: DeviceVolume;
  /** Grid of the volume: oblique, sheared and flipped ones included. */
  readonly grid: Grid;
  /** The surface is where stored values, interpolated, reach this. */
  readonly thresholdStored: number;
  readonly cameras: readonly Camera[];
  /** Bricks of the same volume, when they are there already (`brickExtents`); they stay the caller's. */
  readonly bricks?: DeviceBuffer;
  /** Leaves out bricks without surface. The picture is the same without. Default true. */
  readonly skipEmpty?: boolean;
  /**
   * Normals come from differences between points this far on both sides along i, j, k, voxels. Default 1; 2 to 3 take
   * the gradient over as many voxels and so smooth noise out of the shading but leave the surface where it is.
   */
  readonly normalRadiusVoxels?: number;
  /** What all of these keep is seen, the rest is empty. At most MAX_CLIPS. */
  readonly clips?: readonly ClipShape[];
}

/** What the rays hit, on the device. The caller releases `buffer`. */
export interface GBuffer {
  /** Four f32 for each pixel, row by row, camera after camera: normal (LPS) and depth (mm); all 0 for a miss. */
  readonly buffer: DeviceBuffer;
  readonly cameras: readonly Camera[];
}

/** What one camera sees; pixel (x, y) is entry y·widthPx + x. */
export interface SurfaceView {
  readonly widthPx: number;
  readonly heightPx: number;
  /** 1 where the ray hit the surface. */
  readonly hit: Uint8Array;
  /** Distance along the ray from the eye (orthographic: from the picture plane), mm; 0 for a miss. */
  readonly depthMm: Float32Array;
  /** Unit vector out of the surface, LPS, three numbers for each pixel; 0 for a miss. */
  readonly normalLps: Float32Array;
}

/** Smallest and largest stored value of each brick of a volume. The caller owns the buffer. */
export function brickExtents(backend: Backend, volume: DeviceVolume): DeviceBuffer {
  const { sizeIjk } = volume;
  const bricksIjk = bricksOf(sizeIjk);
  const extents = backend.createBuffer('brick-extents', 8 * bricksIjk[0] * bricksIjk[1] * bricksIjk[2]);
  const { buffers, constants } = volumeArguments(volume);
  backend.dispatch(brickExtent, { params: { sizeIjk, bricksIjk }, constants, buffers: { ...buffers, extents } });
  return extents;
}

/**
 * Renders the surface of a volume for several cameras at once.
 *
 * Rays are sampled at most half a voxel apart along every axis, so that what a ray misses is thinner than that along
 * the ray: on a sphere of radius r voxels a graze of depth 1/(32 r) voxel. Between the last sample outside and the
 * first inside the root is found to 2⁻¹⁷ voxel. The field ends half a voxel beyond the outer voxel centres; a ray that
 * meets solid there hits the border (to 2⁻⁷ voxel), with the border's normal. An eye in solid hits at once, at depth 0
 * with the normal towards where it came from. Solid cut by a clip shape is met where it comes into view (to 2⁻⁷ voxel),
 * with the shape's normal; decisions, depths and normals are the same bits on every backend.
 * Throws RangeError for cameras that make no picture and clips that are no shapes.
 */
export function rayCast(backend: Backend, request: RayCastRequest): GBuffer {
  const { volume, grid, thresholdStored, cameras, skipEmpty = true, normalRadiusVoxels = 1, clips = [] } = request;
  const { sizeIjk } = volume;
  const packed = packCameras(cameras, grid);
  const packedClips = packClips(clips, grid);
  const reach = skipEmpty ? reachOf(backend, request) : backend.createBuffer('no-reach', 4);
  const cameraBuffer = backend.createBuffer('cameras', packed.words.byteLength, packed.words);
  const clipBuffer = backend.createBuffer('clips', packedClips.byteLength, packedClips);
  const buffer = backend.createBuffer('g-buffer', 16 * packed.pixelCount);
  const { buffers, constants } = volumeArguments(volume);
  const [gradientL, gradientP, gradientS] = gradientRows(grid);
  backend.dispatch(firstHit, {
    params: {
      sizeIjk,
      cameraCount: cameras.length,
      bricksIjk: bricksOf(sizeIjk),
      tileCount: packed.tileCount,
      gradientL,
      threshold: thresholdStored,
      gradientP,
      normalRadius: normalRadiusVoxels,
      gradientS,
      noBits: 0,
      clipCount: clips.length,
    },
    constants: { ...constants, IS_SKIPPING: skipEmpty ? 1 : 0, IS_CLIPPED: clips.length > 0 ? 1 : 0 },
    buffers: { ...buffers, reach, cameras: cameraBuffer, clips: clipBuffer, dst: buffer },
  });
  backend.release(cameraBuffer);
  backend.release(clipBuffer);
  backend.release(reach);
  return { buffer, cameras };
}

/** Distances to bricks with surface, axis by axis. The caller owns the buffer. */
function reachOf(backend: Backend, { volume, thresholdStored, bricks }: RayCastRequest): DeviceBuffer {
  const extents = bricks ?? brickExtents(backend, volume);
  const bricksIjk = bricksOf(volume.sizeIjk);
  const sizeBytes = 4 * bricksIjk[0] * bricksIjk[1] * bricksIjk[2];
  let reach = backend.createBuffer('brick-reach', sizeBytes);
  for (const axis of [0, 1, 2]) {
    const dst = backend.createBuffer('brick-reach', sizeBytes);
    backend.dispatch(brickReach, {
      params: { bricksIjk, axis, threshold: thresholdStored },
      buffers: { extents, src: reach, dst },
    });
    backend.release(reach);
    reach = dst;
  }
  if (bricks === undefined) backend.release(extents);
  return reach;
}

type Row = readonly [number, number, number];

/**
 * Rows of the inverse transpose of the affine's linear part, scaled to entries around 1: they take differences along
 * i, j, k to a vector along the gradient in LPS.
 */
function gradientRows({ affineIjkToLps: m }: Grid): readonly [Row, Row, Row] {
  const det = determinant(m);
  // The inverse transpose is the matrix of cofactors over the determinant.
  const scale = Math.sign(det) / Math.abs(det) ** (2 / 3);
  const cofactor = (a: number, b: number, c: number, d: number): number => (m[a] * m[d] - m[b] * m[c]) * scale;
  return [
    [cofactor(5, 6, 9, 10), cofactor(6, 4, 10, 8), cofactor(4, 5, 8, 9)],
    [cofactor(9, 10, 1, 2), cofactor(10, 8, 2, 0), cofactor(8, 9, 0, 1)],
    [cofactor(1, 2, 5, 6), cofactor(2, 0, 6, 4), cofactor(0, 1, 4, 5)],
  ];
}

/** Brings a G-buffer to the host, one view for each camera. */
export async function readGBuffer(backend: Backend, { buffer, cameras }: GBuffer): Promise<SurfaceView[]> {
  const pixels = new Float32Array(await backend.read(buffer));
  let first = 0;
  return cameras.map(({ widthPx, heightPx }) => {
    const count = widthPx * heightPx;
    const hit = new Uint8Array(count);
    const depthMm = new Float32Array(count);
    const normalLps = new Float32Array(3 * count);
    for (let p = 0; p < count; p++) {
      const at = 4 * (first + p);
      normalLps[3 * p] = pixels[at];
      normalLps[3 * p + 1] = pixels[at + 1];
      normalLps[3 * p + 2] = pixels[at + 2];
      depthMm[p] = pixels[at + 3];
      // Depth 0 is a hit when the eye is in solid; normals are never 0.
      hit[p] = pixels[at] !== 0 || pixels[at + 1] !== 0 || pixels[at + 2] !== 0 ? 1 : 0;
    }
    first += count;
    return { widthPx, heightPx, hit, depthMm, normalLps };
  });
}
