import {
  add, cross, dot, type Grid, ijkToLps, invert, length, normalize, scale, subtract, transformPoint, type Vec3,
} from '@efface/volume'; // prettier-ignore

/**
 * A shape that takes part of a volume out of view: what is not kept is empty, and where solid is cut the face is shown
 * with the shape's normal. Points on the shape itself are inside. A plane's inside is the side its normal points away
 * from; a box lies along the LPS axes unless it has its own, which are perpendicular unit vectors.
 */
export type ClipShape = { readonly keep: 'inside' | 'outside' } & (
  | { readonly kind: 'plane'; readonly pointLps: Vec3; readonly normalLps: Vec3 }
  | { readonly kind: 'sphere'; readonly centreLps: Vec3; readonly radiusMm: number }
  | {
      readonly kind: 'box';
      readonly centreLps: Vec3;
      /** Half its edges. */
      readonly halfSizeMm: Vec3;
      readonly axesLps?: readonly [Vec3, Vec3, Vec3];
    }
);

/** Most shapes of one picture: each is asked for every point in solid. */
export const MAX_CLIPS = 16;

/** 32-bit words of one shape in the shader's `Clip`. */
export const CLIP_WORDS = 28;

/** Codes of the shader. */
export const CLIP_KINDS = { plane: 0, sphere: 1, box: 2 } as const;

const LPS_AXES: readonly [Vec3, Vec3, Vec3] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]; // prettier-ignore

/**
 * Shapes over a grid as the shader reads them; one empty shape when there is none, as a buffer cannot be empty. Throws
 * RangeError for more than MAX_CLIPS shapes and for those without a size or with axes that are not perpendicular units.
 */
export function packClips(shapes: readonly ClipShape[], grid: Grid): Uint32Array {
  if (shapes.length > MAX_CLIPS) throw new RangeError(`${shapes.length} clip shapes; at most ${MAX_CLIPS}`);
  const words = new Uint32Array(CLIP_WORDS * Math.max(1, shapes.length));
  const floats = new Float32Array(words.buffer);
  const lpsToIjk = invert(grid.affineIjkToLps);
  const m = grid.affineIjkToLps;
  const columnsLps = [0, 1, 2].map((c): Vec3 => [m[c], m[4 + c], m[8 + c]]);
  shapes.forEach((shape, index) => {
    const { originLps, axesLps, sizesMm } = shapeFrame(shape, grid);
    const at = CLIP_WORDS * index;
    floats.set(transformPoint(lpsToIjk, originLps), at);
    let unitsPerVoxel = 0;
    columnsLps.forEach((column, c) => {
      const own = axesLps.map((axis, d) => dot(axis, column) / sizesMm[d]);
      unitsPerVoxel = Math.max(unitsPerVoxel, length(own as unknown as Vec3));
      floats.set(own, at + 4 + 4 * c);
    });
    axesLps.forEach((axis, d) => floats.set(axis, at + 16 + 4 * d));
    words[at + 3] = CLIP_KINDS[shape.kind];
    // Positions round to 2⁻¹⁵ voxel, quotients and roots of numbers around 1 to far less than 2⁻¹⁰.
    floats[at + 7] = 2 ** -8 * unitsPerVoxel + 2 ** -10;
    words[at + 11] = shape.keep === 'inside' ? 1 : 0;
  });
  return words;
}

/** Origin, axes and sizes in which a shape is x ≤ 0, or the unit ball, or the box of ±1. */
function shapeFrame(
  shape: ClipShape,
  grid: Grid,
): { readonly originLps: Vec3; readonly axesLps: readonly Vec3[]; readonly sizesMm: Vec3 } {
  switch (shape.kind) {
    case 'plane': {
      if (!(length(shape.normalLps) > 0)) throw new RangeError('a clip plane needs a normal');
      const normal = normalize(shape.normalLps);
      const none: Vec3 = [0, 0, 0];
      // Of all its points the one nearest to the middle of the grid, where f32 is finest.
      const middle = ijkToLps(grid, grid.sizeIjk.map((n) => (n - 1) / 2) as unknown as Vec3);
      const originLps = add(middle, scale(normal, dot(subtract(shape.pointLps, middle), normal)));
      return { originLps, axesLps: [normal, none, none], sizesMm: [1, 1, 1] };
    }
    case 'sphere': {
      const { centreLps, radiusMm } = shape;
      if (!(radiusMm > 0)) throw new RangeError(`a clip sphere of radius ${radiusMm} mm`);
      return { originLps: centreLps, axesLps: LPS_AXES, sizesMm: [radiusMm, radiusMm, radiusMm] };
    }
    case 'box': {
      const { centreLps, halfSizeMm, axesLps = LPS_AXES } = shape;
      if (!halfSizeMm.every((mm) => mm > 0))
        throw new RangeError(`a clip box of half sizes ${halfSizeMm.join(', ')} mm`);
      const [a, b, c] = axesLps;
      const isOrthonormal =
        axesLps.every((axis) => Math.abs(length(axis) - 1) < 1e-6) &&
        Math.abs(Math.abs(dot(cross(a, b), c)) - 1) < 1e-6;
      if (!isOrthonormal) throw new RangeError('axes of a clip box are perpendicular unit vectors');
      return { originLps: centreLps, axesLps, sizesMm: halfSizeMm };
    }
  }
}
