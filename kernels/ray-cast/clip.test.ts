import { forEachBackend } from '@efface/compute/testing';
import { dot, type Grid, length, normalize, scale, subtract, type Vec3 } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { type Camera } from './camera.ts';
import { type ClipShape, MAX_CLIPS, packClips } from './clip.ts';
import { along, centred, distanceVolume, limits, normalAt, type Ray, raysOf, rendered, rotatedGrid, sphere } from './ray-cast.scenes.ts'; // prettier-ignore
import { type SurfaceView } from './ray-cast.ts';

const BALL_MM = 20;
const grid = rotatedGrid([56, 48, 40], [0.9, 1.1, 1.3], 0.4, -0.3);
const CAMERAS: readonly Camera[] = [
  { kind: 'perspective', eyeLps: [10, -150, 30], targetLps: [0, 0, 0], upLps: [0, 0, 1], fovDegrees: 20, widthPx: 40, heightPx: 32 },
  { kind: 'orthographic', eyeLps: [-60, -70, 40], targetLps: [0, 0, 0], upLps: [0, 0, 1], heightMm: 50, widthPx: 35, heightPx: 40 },
]; // prettier-ignore

/** What a ray meets in closed form: way and normal. */
interface Meeting {
  readonly mm: number;
  readonly normal: Vec3;
  /** A cut face: exact but for the last 64th of a step. Else the ball, whose field is interpolated. */
  readonly isCut: boolean;
}

/** Part of a ray in a convex shape: where it enters and leaves, and the outward normals there. */
interface Chord {
  readonly mm: readonly [number, number];
  readonly normals: readonly [Vec3, Vec3];
}

function sphereChord({ originLps, directionLps }: Ray, centre: Vec3, radiusMm: number): Chord | undefined {
  const from = subtract(originLps, centre);
  const b = dot(from, directionLps);
  const root = b * b - dot(from, from) + radiusMm * radiusMm;
  if (root <= 0) return undefined;
  const mm = [-b - Math.sqrt(root), -b + Math.sqrt(root)] as const;
  const normal = (t: number): Vec3 => normalize(subtract(along({ originLps, directionLps }, t), centre));
  return { mm, normals: [normal(mm[0]), normal(mm[1])] };
}

/** Common part of half-spaces dot(p − point, normal) ≤ 0. */
function halfSpacesChord(ray: Ray, sides: readonly (readonly [Vec3, Vec3])[]): Chord | undefined {
  let [enter, leave] = [-1e6, 1e6];
  let normals: readonly [Vec3, Vec3] = [[0, 0, 0], [0, 0, 0]]; // prettier-ignore
  for (const [pointLps, normal] of sides) {
    const slope = dot(ray.directionLps, normal);
    const mm = dot(subtract(pointLps, ray.originLps), normal) / slope;
    if (slope < 0 && mm > enter) [enter, normals] = [mm, [normal, normals[1]]];
    if (slope > 0 && mm < leave) [leave, normals] = [mm, [normals[0], normal]];
  }
  return enter < leave ? { mm: [enter, leave], normals } : undefined;
}

function chordOf(ray: Ray, shape: ClipShape): Chord | undefined {
  switch (shape.kind) {
    case 'plane':
      return halfSpacesChord(ray, [[shape.pointLps, normalize(shape.normalLps)]]);
    case 'sphere':
      return sphereChord(ray, shape.centreLps, shape.radiusMm);
    case 'box': {
      const axes: readonly Vec3[] = shape.axesLps ?? [[1, 0, 0], [0, 1, 0], [0, 0, 1]]; // prettier-ignore
      const faces = axes.flatMap((axis, d) =>
        [1, -1].map((side) => {
          const normal = scale(axis, side);
          return [along({ originLps: shape.centreLps, directionLps: normal }, shape.halfSizeMm[d]), normal] as const;
        }),
      );
      return halfSpacesChord(ray, faces);
    }
  }
}

/** First point of the clipped ball on the ray; `slimMm` is the shortest chord on the way, which may be lost. */
function firstMeeting(ray: Ray, shapes: readonly ClipShape[]): { readonly met?: Meeting; readonly slimMm: number } {
  const ball = sphereChord(ray, [0, 0, 0], BALL_MM);
  if (ball === undefined) return { slimMm: Infinity };
  // Pieces of the ray in what is left, each with the normal where it begins.
  let pieces = [{ from: ball.mm[0], to: ball.mm[1], normal: ball.normals[0], isCut: false }];
  let slimMm = ball.mm[1] - ball.mm[0];
  for (const shape of shapes) {
    const chord = chordOf(ray, shape);
    if (chord !== undefined) slimMm = Math.min(slimMm, chord.mm[1] - chord.mm[0]);
    pieces = pieces.flatMap((piece) => {
      if (chord === undefined) return shape.keep === 'inside' ? [] : [piece];
      const [enter, leave] = chord.mm;
      const entered = enter > piece.from ? { ...piece, from: enter, normal: chord.normals[0], isCut: true } : piece;
      const left =
        leave > piece.from ? { ...piece, from: leave, normal: scale(chord.normals[1], -1), isCut: true } : piece;
      const kept =
        shape.keep === 'inside'
          ? [{ ...entered, to: Math.min(leave, piece.to) }]
          : [{ ...piece, to: Math.min(enter, piece.to) }, left];
      for (const { from, to } of kept) slimMm = Math.min(slimMm, Math.abs(to - from));
      return kept.filter(({ from, to }) => to > from);
    });
  }
  const [first] = pieces.sort((a, b) => a.from - b.from);
  return first === undefined
    ? { slimMm }
    : { slimMm, met: { mm: first.from, normal: first.normal, isCut: first.isCut } };
}

const { fieldMm, normalDegrees } = limits(grid, 1 / BALL_MM);
/** Half a voxel along the fastest axis, in 64ths: 0.65 mm at most along one axis, √3 times that along the diagonal. */
const CUT_MM = (Math.sqrt(3) * 0.65) / 64 + 1e-3;

function checkClipped(view: SurfaceView, camera: Camera, shapes: readonly ClipShape[]): [number, number, number] {
  let [cuts, surfaces, misses] = [0, 0, 0];
  for (const ray of raysOf(camera)) {
    const { met, slimMm } = firstMeeting(ray, shapes);
    // Samples lie up to 1.2 mm apart, and the interpolated ball ends up to `fieldMm` before the ball.
    if (slimMm < 2.5) continue;
    // Nor does a cut face reach as far as the ball's edge.
    if (met?.isCut === true && BALL_MM - length(along(ray, met.mm)) < 1.5 * fieldMm) continue;
    if (met === undefined) {
      expect(view.hit[ray.pixel], `pixel ${ray.pixel}`).toBe(0);
      misses++;
      continue;
    }
    expect(view.hit[ray.pixel], `pixel ${ray.pixel}`).toBe(1);
    const normal = normalAt(view, ray.pixel);
    expect(Math.abs(length(normal) - 1)).toBeLessThan(1e-6);
    const offMm = Math.abs(view.depthMm[ray.pixel] - met.mm);
    if (met.isCut) {
      expect(offMm, `pixel ${ray.pixel}`).toBeLessThan(CUT_MM);
      expect(length(subtract(normal, met.normal)), `pixel ${ray.pixel}`).toBeLessThan(0.01);
      cuts++;
    } else {
      const cosine = -dot(met.normal, ray.directionLps);
      expect(offMm).toBeLessThan((1.1 * fieldMm + 1e-3) / cosine);
      expect(length(subtract(normal, met.normal))).toBeLessThan(((normalDegrees + 0.01) * Math.PI) / 180 + fieldMm / BALL_MM / cosine);
      surfaces++;
    }
  }
  return [cuts, surfaces, misses];
} // prettier-ignore

const plane = (pointLps: Vec3, normalLps: Vec3, keep: 'inside' | 'outside'): ClipShape => ({ kind: 'plane', pointLps, normalLps, keep }); // prettier-ignore
const tilted = [[0.6, 0.8, 0], [-0.8, 0.6, 0], [0, 0, 1]] as const; // prettier-ignore

/** Shapes, and what has to be seen of each at least: cut faces, the ball, nothing; pixels of both cameras. */
const SCENES: Readonly<Record<string, { readonly shapes: readonly ClipShape[]; readonly least: readonly number[] }>> = {
  'a plane: the cut disc': { shapes: [plane([0, -6, 0], [0.2, -1, 0.3], 'inside')], least: [600, 100, 200] },
  'the same plane the other way': { shapes: [plane([0, -6, 0], [-0.2, 1, -0.3], 'outside')], least: [600, 100, 200] },
  'a wedge of two planes': {
    shapes: [plane([0, 0, 0], [0, -1, 0], 'inside'), plane([0, 0, 0], [0, 0, 1], 'inside')],
    least: [400, 15, 200],
  },
  'the inside of a box, with its corners': {
    shapes: [{ kind: 'box', centreLps: [2, -3, 1], halfSizeMm: [9, 8, 7], keep: 'inside' }],
    least: [250, 0, 900],
  },
  'a ball without a tilted box': {
    shapes: [{ kind: 'box', centreLps: [-6, -14, 3], halfSizeMm: [9, 10, 8], axesLps: tilted, keep: 'outside' }],
    least: [200, 300, 200],
  },
  'a smaller ball inside': { shapes: [{ kind: 'sphere', centreLps: [1, 2, -3], radiusMm: 12, keep: 'inside' }], least: [300, 0, 700] },
  'a bite out of the front': { shapes: [{ kind: 'sphere', centreLps: [-4, -20, 6], radiusMm: 12, keep: 'outside' }], least: [200, 300, 200] },
  'a bite out of a half': {
    shapes: [plane([0, -4, 0], [0, -1, 0], 'inside'), { kind: 'sphere', centreLps: [0, -4, 0], radiusMm: 9, keep: 'outside' }],
    least: [400, 100, 200],
  },
}; // prettier-ignore

describe('packClips', () => {
  it('refuses what is no shape', () => {
    const box: ClipShape = { kind: 'box', centreLps: [0, 0, 0], halfSizeMm: [1, 1, 1], keep: 'inside' };
    const wrong: readonly ClipShape[] = [
      plane([0, 0, 0], [0, 0, 0], 'inside'),
      { kind: 'sphere', centreLps: [0, 0, 0], radiusMm: 0, keep: 'outside' },
      { ...box, halfSizeMm: [1, -1, 1] },
      { ...box, axesLps: [[1, 0, 0], [0, 1, 0], [0, 1, 0]] },
      { ...box, axesLps: [[2, 0, 0], [0, 1, 0], [0, 0, 1]] },
    ]; // prettier-ignore
    for (const shape of wrong) expect(() => packClips([shape], grid)).toThrow(RangeError);
    expect(() =>
      packClips(
        Array.from({ length: MAX_CLIPS + 1 }, () => box),
        grid,
      ),
    ).toThrow(RangeError);
  });
});

forEachBackend((_, backend) => {
  const volume = distanceVolume(grid, sphere([0, 0, 0], BALL_MM));

  it.each(Object.keys(SCENES))('leaves of a ball %s', async (name) => {
    const { shapes, least } = SCENES[name];
    const request = { thresholdStored: 0, cameras: CAMERAS, clips: shapes };
    const views = await rendered(backend(), volume, request);
    const seen = views.map((view, c) => checkClipped(view, CAMERAS[c], shapes));
    [0, 1, 2].forEach((n) => expect(seen[0][n] + seen[1][n]).toBeGreaterThanOrEqual(least[n]));
    expect(await rendered(backend(), volume, { ...request, skipEmpty: false })).toEqual(views);
  });

  it('shows nothing of what is clipped whole, and all of what no shape touches', async () => {
    const whole = await rendered(backend(), volume, { thresholdStored: 0, cameras: CAMERAS });
    const around: ClipShape = { kind: 'sphere', centreLps: [3, 0, 0], radiusMm: 40, keep: 'inside' };
    const beside: ClipShape = { kind: 'box', centreLps: [0, 90, 0], halfSizeMm: [50, 1e-3, 50], keep: 'outside' };
    expect(await rendered(backend(), volume, { thresholdStored: 0, cameras: CAMERAS, clips: [around, beside] })).toEqual(whole); // prettier-ignore
    const gone = await rendered(backend(), volume, { thresholdStored: 0, cameras: CAMERAS, clips: [{ ...around, keep: 'outside' }] }); // prettier-ignore
    for (const { hit } of gone) expect(hit.every((h) => h === 0)).toBe(true);
  });

  it('gives the face between border and clip the normal of what the ray came through', async () => {
    const block: Grid = centred([20, 20, 20], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
    const solid = distanceVolume(block, () => -1);
    const camera: Camera = { kind: 'orthographic', eyeLps: [0, -50, 0], targetLps: [0, 0, 0], upLps: [0, 0, 1], heightMm: 16, widthPx: 16, heightPx: 16 }; // prettier-ignore
    const [view] = await rendered(backend(), solid, {
      thresholdStored: 0.5,
      cameras: [camera],
      clips: [plane([0, 0, 0], [0, -1, 1], 'inside')],
    });
    for (const ray of raysOf(camera)) {
      // Below z = −10 the plane would be before the border at y = −10: the picture ends there; so every ray meets it.
      const y = ray.originLps[2];
      expect(Math.abs(view.depthMm[ray.pixel] - (50 + y))).toBeLessThan(1 / 128 + 1e-4);
      expect(length(subtract(normalAt(view, ray.pixel), normalize([0, -1, 1])))).toBeLessThan(1e-6);
    }
  });
});
