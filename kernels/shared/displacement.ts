const MOST_FIXED = 2 ** 28;

/** `fixed_from` of displacement.wgsl: a product rounded to f32, clamped and cut to an integer. */
export function fixedFrom(column: number, mm: number): number {
  const fixed = Math.fround(column * mm);
  return (fixed > MOST_FIXED ? MOST_FIXED : fixed < -MOST_FIXED ? -MOST_FIXED : fixed) | 0;
}

/** Parameters of displacement.wgsl: source voxels in fixed point per mm along L, P, S. */
export interface PerMm {
  readonly perMmX: readonly [number, number, number];
  readonly perMmY: readonly [number, number, number];
  readonly perMmZ: readonly [number, number, number];
}

/** `displaced` of displacement.wgsl for the twins; one object per slab. */
export class Displacement {
  /** What voxel `read` adds to its position, fixed point. */
  x = 0;
  y = 0;
  z = 0;
  readonly #mm: Float32Array | undefined;
  readonly #perMm: Float64Array;

  /** `mm`: three for each target voxel; undefined where there are none. */
  constructor({ perMmX, perMmY, perMmZ }: PerMm, mm: Float32Array | undefined) {
    this.#mm = mm;
    this.#perMm = Float64Array.from([...perMmX, ...perMmY, ...perMmZ], Math.fround);
  }

  /** Goes to a voxel by its index. */
  read(index: number): void {
    const mm = this.#mm;
    if (mm === undefined) return;
    const m = this.#perMm;
    const ux = mm[3 * index];
    const uy = mm[3 * index + 1];
    const uz = mm[3 * index + 2];
    this.x = fixedFrom(m[0], ux) + fixedFrom(m[3], uy) + fixedFrom(m[6], uz);
    this.y = fixedFrom(m[1], ux) + fixedFrom(m[4], uy) + fixedFrom(m[7], uz);
    this.z = fixedFrom(m[2], ux) + fixedFrom(m[5], uy) + fixedFrom(m[8], uz);
  }
}
