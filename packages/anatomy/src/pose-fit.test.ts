import { transformPoint } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { brainMesh } from './brain-mesh.ts';
import { fitPose, precisionOf } from './pose-fit.ts';
import { headToLps, type Pose, rotationMatrix } from './pose.ts';

const FREE = precisionOf([Infinity, Infinity, Infinity, 10, 10, 10, 10, 10, 10]);

/** Points of the average brain, grown by `offset`, in a pose. */
function surfacePoints(pose: Pose, offset = 0): { points: Float64Array; trust: Float64Array } {
  const { sphere, averageRadii } = brainMesh(3);
  const m = headToLps(pose);
  const points = new Float64Array(3 * sphere.vertexCount);
  for (let v = 0; v < sphere.vertexCount; v++) {
    const r = averageRadii[v] + offset;
    const [x, y, z] = sphere.directions.subarray(3 * v, 3 * v + 3);
    points.set(transformPoint(m, [x * r, y * r, z * r]), 3 * v);
  }
  return { points, trust: new Float64Array(sphere.vertexCount).fill(1) };
}

describe('fitPose', () => {
  const truth: Pose = [12, -7, 30, 0.2, -0.1, 0.15, 0.05, 0.02, -0.03];
  const options = {
    offsetMm: 0,
    precision: FREE,
    centre: new Array<number>(9).fill(0),
    toleranceMm: 5,
    iterations: 12,
  };

  it('finds the pose that points of the average brain were given', () => {
    const fit = fitPose(surfacePoints(truth), [0, 0, 20, 0, 0, 0, 0, 0, 0], options);
    fit.pose.slice(0, 3).forEach((mm, p) => expect(Math.abs(mm - truth[p])).toBeLessThan(0.3));
    fit.pose.slice(3).forEach((value, p) => expect(Math.abs(value - truth[3 + p])).toBeLessThan(0.01));
    expect(fit.rmsMm).toBeLessThan(0.2);
  });

  it('is not drawn away by a fifth of the points', () => {
    const scene = surfacePoints(truth);
    for (let n = 0; n < scene.trust.length; n += 5) for (let d = 0; d < 3; d++) scene.points[3 * n + d] += 40;
    const fit = fitPose(scene, [5, 0, 25, 0, 0, 0, 0, 0, 0], options);
    fit.pose.slice(0, 3).forEach((mm, p) => expect(Math.abs(mm - truth[p])).toBeLessThan(1.5));
    fit.pose.slice(3).forEach((value, p) => expect(Math.abs(value - truth[3 + p])).toBeLessThan(0.03));
  });

  it('keeps the start and says so when there is nothing to fit', () => {
    const start: Pose = [1, 2, 3, 0, 0, 0, 0, 0, 0];
    const nothing = { points: new Float64Array(0), trust: new Float64Array(0) };
    expect(fitPose(nothing, start, options)).toEqual({ pose: start, rmsMm: Infinity });
  });
});

describe('rotationMatrix', () => {
  it('turns by the right-hand rule', () => {
    const quarter = rotationMatrix([0, 0, Math.PI / 2]);
    [0, -1, 0, 1, 0, 0, 0, 0, 1].forEach((value, n) => expect(quarter[n]).toBeCloseTo(value, 12));
    const small = rotationMatrix([1e-8, 0, 0]);
    expect(small[7]).toBeCloseTo(1e-8, 15);
  });
});
