import { type Backend, uploadVolume } from '@efface/compute';
import {
  type Camera, cameraRays, frameCamera, type GBuffer, type Light, rayCast, readGBuffer, readPictures, relight, type SurfaceView,
} from '@efface/kernels'; // prettier-ignore
import { HEAD_ELLIPSOIDS, HEAD_SURFACE_HU, headGrid, headStored } from '@efface/kernels/analytic-head';
import {
  add, allocateVoxels, dot, type Grid, length, invert, normalize, scale, subtract, transformPoint, uniformRescale, type Vec3, voxelCount,
} from '@efface/volume'; // prettier-ignore
import { type Operation } from './operation.ts';

const PICTURE_PX = 512;
const AMBIENT = 0.15;

/** Nine turns from one profile to the other. */
const CAMERAS: readonly Camera[] = Array.from({ length: 9 }, (_, v) => {
  const yaw = (Math.PI * (v - 4)) / 8;
  const directionLps: Vec3 = [Math.sin(yaw), -Math.cos(yaw), 0];
  return frameCamera({ headCentreLps: [0, 0, 0], directionLps, upLps: [0, 0, 1], sizeMm: 280, widthPx: PICTURE_PX, heightPx: PICTURE_PX }); // prettier-ignore
});

/** From three sides and three heights. */
const LIGHTS: readonly Light[] = [-1, 0, 1].flatMap((up) =>
  [-1, 0, 1].map((right): Light => ({ space: 'camera', direction: [right, up, 1] })),
);

/** First of the head's ellipsoids along a ray: depth, mm, and outward normal. */
function headAlong(
  originLps: Vec3,
  directionLps: Vec3,
): { readonly depthMm: number; readonly normalLps: Vec3 } | undefined {
  let first: { readonly depthMm: number; readonly normalLps: Vec3 } | undefined;
  for (const [centre, half] of HEAD_ELLIPSOIDS) {
    const o = subtract(originLps, centre).map((x, axis) => x / half[axis]) as unknown as Vec3;
    const d = directionLps.map((x, axis) => x / half[axis]) as unknown as Vec3;
    const b = dot(o, d);
    const root = b * b - dot(d, d) * (dot(o, o) - 1);
    if (root < 0) continue;
    const depthMm = (-b - Math.sqrt(root)) / dot(d, d);
    if (first !== undefined && first.depthMm < depthMm) continue;
    const onUnit = add(o, scale(d, depthMm));
    first = { depthMm, normalLps: normalize(onUnit.map((x, axis) => x / half[axis]) as unknown as Vec3) };
  }
  return first;
}

/**
 * Rays that meet the ellipsoids inside the field of view at less than 70°: the depth is theirs. Noise of 30 HU in a slope
 * of 260 HU/mm, or more where an ellipsoid is thinner than elsewhere, moves the surface by 0.12 mm, 0.35 mm along such a
 * ray; where two ellipsoids meet, trilinear interpolation rounds the edge by part of a voxel.
 */
function wrongDepths(grid: Grid, view: SurfaceView, camera: Camera): string | undefined {
  const { origin, direction } = cameraRays(camera);
  const lpsToIjk = invert(grid.affineIjkToLps);
  let seen = 0;
  let wrong = 0;
  for (let y = 0; y < camera.heightPx; y += 3) {
    for (let x = 0; x < camera.widthPx; x += 3) {
      const at = ({ base, perX, perY }: typeof origin): Vec3 => add(base, add(scale(perX, x), scale(perY, y)));
      const ray = normalize(at(direction));
      const met = headAlong(at(origin), ray);
      if (met === undefined || -dot(ray, met.normalLps) < Math.cos((70 * Math.PI) / 180)) continue;
      const p = transformPoint(lpsToIjk, add(at(origin), scale(ray, met.depthMm)));
      if (p.some((v, axis) => v < 0 || v > grid.sizeIjk[axis] - 1)) continue;
      const pixel = y * camera.widthPx + x;
      seen++;
      if (view.hit[pixel] === 0 || Math.abs(view.depthMm[pixel] - met.depthMm) > 1) wrong++;
    }
  }
  return seen > 1000 && wrong <= seen / 1000 ? undefined : `${wrong} of ${seen} rays end more than 1 mm from the head`;
}

function head(backend: Backend, sizeIjk: Vec3) {
  const grid = headGrid(sizeIjk);
  const voxels = allocateVoxels('i16', voxelCount(grid)) as Int16Array;
  voxels.set(headStored(1, grid));
  const scan = {
    grid,
    type: 'i16',
    voxels,
    rescale: uniformRescale(sizeIjk[2], 1, 0),
    modality: 'CT',
    unit: 'HU',
  } as const;
  const volume = uploadVolume(backend, 'head', scan);
  const request = { volume, grid, thresholdStored: HEAD_SURFACE_HU, cameras: CAMERAS };
  return { grid, start: (): GBuffer => rayCast(backend, request) };
}

async function depthProblem(backend: Backend, grid: Grid, hits: GBuffer): Promise<string | undefined> {
  const views = await readGBuffer(backend, hits);
  return views.map((view, c) => wrongDepths(grid, view, CAMERAS[c])).find((problem) => problem !== undefined);
}

/** Nine views of a head that nothing is known about yet: bricks included. */
function views(sizeIjk: Vec3): Operation {
  return {
    id: `ray-cast:size=[${sizeIjk.join(',')}];views=${CAMERAS.length}`,
    goalMs: { cpu: 60 * CAMERAS.length },
    prepare: (backend) => {
      const { grid, start } = head(backend, sizeIjk);
      return {
        run: () => {
          backend.release(start().buffer);
        },
        check: async () => {
          const hits = start();
          const problem = await depthProblem(backend, grid, hits);
          backend.release(hits.buffer);
          return problem;
        },
      };
    },
  };
}

/** The picture of each light is Lambert's law on the normals of the view, to a grey. */
function wrongGreys(camera: Camera, view: SurfaceView, pictures: readonly Uint8Array[]): string | undefined {
  const { rightLps, downLps, forwardLps } = cameraRays(camera);
  for (const [l, { direction }] of LIGHTS.entries()) {
    const [right, up, back] = normalize(direction);
    const light = add(add(scale(rightLps, right), scale(downLps, -up)), scale(forwardLps, -back));
    for (let pixel = 0; pixel < view.hit.length; pixel += 11) {
      const normal: Vec3 = [view.normalLps[3 * pixel], view.normalLps[3 * pixel + 1], view.normalLps[3 * pixel + 2]];
      const lit = AMBIENT + (1 - AMBIENT) * Math.max(0, dot(normal, light) / length(normal));
      const expected = view.hit[pixel] === 0 ? 0 : 255 * lit;
      if (!(Math.abs(pictures[l][pixel] - expected) <= 1))
        return `pixel ${pixel} under light ${l} is ${pictures[l][pixel]}, Lambert's law says ${expected}`;
    }
  }
  return undefined;
}

/** The pictures of a whole re-identification run, left on the device. */
function portraits(sizeIjk: Vec3): Operation {
  return {
    id: `portraits:size=[${sizeIjk.join(',')}];pictures=${CAMERAS.length * LIGHTS.length}`,
    goalMs: { webgpu: 50 },
    prepare: (backend) => {
      const { grid, start } = head(backend, sizeIjk);
      return {
        run: () => {
          const hits = start();
          backend.release(relight(backend, hits, LIGHTS, { ambient: AMBIENT }).buffer);
          backend.release(hits.buffer);
        },
        check: async () => {
          const hits = start();
          const pictures = relight(backend, hits, LIGHTS, { ambient: AMBIENT });
          const greys = await readPictures(backend, pictures);
          const seen = await readGBuffer(backend, hits);
          const problem = (await depthProblem(backend, grid, hits)) ?? seen.map((view, c) => wrongGreys(CAMERAS[c], view, greys[c])).find((text) => text !== undefined); // prettier-ignore
          backend.release(pictures.buffer);
          backend.release(hits.buffer);
          return problem;
        },
      };
    },
  };
}

export const pictureOperations: readonly Operation[] = [views([256, 256, 256]), portraits([512, 512, 300])];
