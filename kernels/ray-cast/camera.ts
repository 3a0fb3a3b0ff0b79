import {
  add, cross, dot, type Grid, ijkToLps, invert, normalize, scale, subtract, transformPoint, transformVector, type Vec3,
} from '@efface/volume'; // prettier-ignore

/** A view of the patient. Pixel (0, 0) is the top left corner of the picture; pixels are square. */
export interface Camera {
  readonly kind: 'perspective' | 'orthographic';
  /** Where rays start: the eye, or for an orthographic camera the centre of the picture plane. LPS mm. */
  readonly eyeLps: Vec3;
  /** Point in the middle of the picture. LPS mm. */
  readonly targetLps: Vec3;
  /** What points up in the picture; need not be perpendicular to the line of sight. */
  readonly upLps: Vec3;
  /** Angle from the lower to the upper edge; perspective cameras have it. */
  readonly fovDegrees?: number;
  /** Height of the picture; orthographic cameras have it. */
  readonly heightMm?: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** What a portrait shows. */
export interface PortraitFrame {
  /** Middle of the picture, LPS mm. */
  readonly headCentreLps: Vec3;
  /** From the head towards the camera: (0, −1, 0) looks into the face of an upright head in LPS. */
  readonly directionLps: Vec3;
  readonly upLps: Vec3;
  /** Height of what is visible in the plane through the head's centre, mm. */
  readonly sizeMm: number;
  /** Eye to head centre, mm; portraits are taken from 600 to 1000. Default 800. */
  readonly distanceMm?: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** A perspective camera at portrait distance. Throws RangeError for a direction of length 0 or a size that is not > 0. */
export function frameCamera(frame: PortraitFrame): Camera {
  const { headCentreLps, directionLps, upLps, sizeMm, distanceMm = 800, widthPx, heightPx } = frame;
  if (!(sizeMm > 0 && distanceMm > 0)) throw new RangeError(`a portrait of ${sizeMm} mm from ${distanceMm} mm`);
  return {
    kind: 'perspective',
    eyeLps: add(headCentreLps, scale(normalize(directionLps), distanceMm)),
    targetLps: headCentreLps,
    upLps,
    fovDegrees: (360 / Math.PI) * Math.atan(sizeMm / 2 / distanceMm),
    widthPx,
    heightPx,
  };
}

/** A vector that is linear in the pixel: base + x·perX + y·perY, (x, y) = (0, 0) the first pixel's centre. */
interface PixelMap {
  readonly base: Vec3;
  readonly perX: Vec3;
  readonly perY: Vec3;
}

/** Rays of a camera, LPS mm; directions advance 1 mm along the line of sight. */
export interface CameraRays {
  readonly origin: PixelMap;
  readonly direction: PixelMap;
  /** The line of sight. */
  readonly forwardLps: Vec3;
  /** Along the rows and down the columns of the picture; with the line of sight a right-handed set of unit vectors. */
  readonly rightLps: Vec3;
  readonly downLps: Vec3;
}

/** Rays of a camera, LPS. Throws RangeError when its angle, height, size or axes make no picture. */
export function cameraRays(camera: Camera): CameraRays {
  const { kind, eyeLps, targetLps, upLps, widthPx, heightPx, fovDegrees = 0, heightMm = 0 } = camera;
  if (!(Number.isInteger(widthPx) && Number.isInteger(heightPx) && widthPx > 0 && heightPx > 0))
    throw new RangeError(`a picture of ${widthPx} × ${heightPx} pixels`);
  const isPerspective = kind === 'perspective';
  if (isPerspective && !(fovDegrees > 0 && fovDegrees < 180)) throw new RangeError(`a field of view of ${fovDegrees}°`);
  if (!isPerspective && !(heightMm > 0)) throw new RangeError(`an orthographic picture ${heightMm} mm high`);
  const forwardLps = normalize(subtract(targetLps, eyeLps));
  const rightLps = normalize(cross(forwardLps, upLps));
  const downLps = cross(forwardLps, rightLps);
  const pixelSize = (isPerspective ? 2 * Math.tan((fovDegrees * Math.PI) / 360) : heightMm) / heightPx;
  const perX = scale(rightLps, pixelSize);
  const perY = scale(downLps, pixelSize);
  const corner = add(scale(perX, (1 - widthPx) / 2), scale(perY, (1 - heightPx) / 2));
  const none: Vec3 = [0, 0, 0];
  const axes = { forwardLps, rightLps, downLps };
  return isPerspective
    ? {
        origin: { base: eyeLps, perX: none, perY: none },
        direction: { base: add(forwardLps, corner), perX, perY },
        ...axes,
      }
    : {
        origin: { base: add(eyeLps, corner), perX, perY },
        direction: { base: forwardLps, perX: none, perY: none },
        ...axes,
      };
}

/** 32-bit words of one camera in the shader's `Camera`. */
export const CAMERA_WORDS = 36;

/** Pixels along the edge of a tile. */
const TILE = 8;

/** Largest number of steps along a ray: with six halvings they are still exact in f32. */
const MAX_STEPS = 2 ** 17;

/** Cameras as the shader reads them. */
export interface PackedCameras {
  readonly words: Uint32Array;
  readonly tileCount: number;
  readonly pixelCount: number;
}

/**
 * Cameras over a grid: rays in voxels, in steps of at most half a voxel along every axis, starting one or two steps
 * before the voxels' extent. Throws RangeError as `cameraRays`, and for grids too large to step through.
 */
export function packCameras(cameras: readonly Camera[], grid: Grid): PackedCameras {
  const words = new Uint32Array(CAMERA_WORDS * cameras.length);
  const floats = new Float32Array(words.buffer);
  const lpsToIjk = invert(grid.affineIjkToLps);
  let tileCount = 0;
  let pixelCount = 0;
  cameras.forEach((camera, index) => {
    const { widthPx, heightPx } = camera;
    const { origin, direction, forwardLps } = cameraRays(camera);
    const stepMm = 0.5 / fastestVoxelsPerMm(direction, camera, (v) => transformVector(lpsToIjk, v));
    const depthsMm = cornersLps(grid).map((corner) => dot(subtract(corner, camera.eyeLps), forwardLps));
    const startSteps = Math.max(0, Math.floor(Math.min(...depthsMm) / stepMm) - 1);
    const stepCount = Math.max(0, Math.ceil(Math.max(...depthsMm) / stepMm) + 2 - startSteps);
    if (startSteps + stepCount > MAX_STEPS) throw new RangeError(`camera ${index} would step ${stepCount} times`);
    const stepLps = mapPixels(direction, (v) => scale(v, stepMm));
    const step = mapPixels(stepLps, (v) => transformVector(lpsToIjk, v));
    const start: PixelMap = {
      base: add(transformPoint(lpsToIjk, origin.base), scale(step.base, startSteps)),
      perX: add(transformVector(lpsToIjk, origin.perX), scale(step.perX, startSteps)),
      perY: add(transformVector(lpsToIjk, origin.perY), scale(step.perY, startSteps)),
    };
    const at = index * CAMERA_WORDS;
    [start.base, start.perX, start.perY, step.base, step.perX, step.perY].forEach((v, n) => floats.set(v, at + 4 * n));
    [stepLps.base, stepLps.perX, stepLps.perY].forEach((v, n) => floats.set(v, at + 24 + 4 * n));
    words[at + 3] = widthPx;
    words[at + 7] = heightPx;
    words[at + 11] = tileCount;
    words[at + 15] = pixelCount;
    floats[at + 19] = startSteps;
    words[at + 23] = stepCount;
    tileCount += Math.ceil(widthPx / TILE) * Math.ceil(heightPx / TILE);
    pixelCount += widthPx * heightPx;
  });
  return { words, tileCount, pixelCount };
}

function mapPixels({ base, perX, perY }: PixelMap, map: (v: Vec3) => Vec3): PixelMap {
  return { base: map(base), perX: map(perX), perY: map(perY) };
}

/** Most voxels that one of the rays crosses along one axis in 1 mm of the line of sight: a convex function of the pixel. */
function fastestVoxelsPerMm({ base, perX, perY }: PixelMap, camera: Camera, lpsToIjk: (v: Vec3) => Vec3): number {
  let fastest = 0;
  for (const x of [0, camera.widthPx - 1]) {
    for (const y of [0, camera.heightPx - 1]) {
      const perMm = lpsToIjk(add(base, add(scale(perX, x), scale(perY, y))));
      fastest = Math.max(fastest, ...perMm.map(Math.abs));
    }
  }
  return fastest;
}

/** Corners of the voxels' extent, half a voxel beyond the outer centres. */
function cornersLps(grid: Grid): Vec3[] {
  return Array.from({ length: 8 }, (_, corner) => {
    const p = grid.sizeIjk.map((n, d) => ((corner >> d) & 1 ? n - 0.5 : -0.5)) as unknown as Vec3;
    return ijkToLps(grid, p);
  });
}
