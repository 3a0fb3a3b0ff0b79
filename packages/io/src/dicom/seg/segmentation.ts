import { compose, createMask, type Grid, type GridMask, invert, type Mask, maskHas } from '@efface/volume';

/** How pixels say what belongs to a segment (0062,0001). */
export type SegmentationKind = 'BINARY' | 'FRACTIONAL' | 'LABELMAP';

/** A segment. */
export interface Segment {
  /** Segment Number (0062,0004). */
  readonly number: number;
  /** Segment Label: free text. Empty when there is none. */
  readonly label: string;
}

/** Frames as they are stored. */
export interface SegmentationFrames {
  /** Frames one after the other, columns fastest, bits from the lowest on; 16-bit values are little-endian. */
  readonly bytes: Uint8Array;
  /** Bits of one pixel. Frames of 1-bit pixels follow each other without a gap, also inside a byte. */
  readonly bits: 1 | 8 | 16;
  readonly kOfFrame: readonly number[];
  /** Segment of each frame; undefined in a label map, whose frames are of all. */
  readonly segmentOfFrame: readonly (number | undefined)[];
  /** Maximum Fractional Value (0062,000E); 1 where pixels are yes or no. */
  readonly maximum: number;
  /** Value of pixels that belong to no segment. */
  readonly background: number;
}

/** Pixels of a segmentation without what was removed from the image. */
export interface ClearedSegmentation {
  /** The frames as `SegmentationFrames` has them, a copy: uncompressed, little-endian, as long as the value that was read. */
  readonly bytes: Uint8Array;
  /** By segment number, in the order of the file: pixels that were cleared, and pixels that are left. */
  readonly segments: ReadonlyMap<number, { readonly cleared: number; readonly left: number }>;
}

/** A DICOM segmentation: segments that may overlap, on a grid of their own. Frames stay packed until they are asked for. */
export class Segmentation {
  readonly kind: SegmentationKind;
  /** The planes from the first to the last that has a frame; it may be smaller than the image it belongs to. */
  readonly grid: Grid;
  /** In the order of the file. */
  readonly segments: readonly Segment[];
  readonly frameOfReferenceUid?: string;
  readonly #frames: SegmentationFrames;

  constructor(
    kind: SegmentationKind,
    grid: Grid,
    segments: readonly Segment[],
    frames: SegmentationFrames,
    frameOfReferenceUid?: string,
  ) {
    this.kind = kind;
    this.grid = grid;
    this.segments = segments;
    this.#frames = frames;
    if (frameOfReferenceUid !== undefined) this.frameOfReferenceUid = frameOfReferenceUid;
  }

  /**
   * The voxels of one segment; of a fractional one those with at least half of the maximum. Planes without a frame are
   * empty. A segment that is not in the file has no voxels.
   */
  mask(segmentNumber: number): Mask {
    const { bytes, bits, kOfFrame, segmentOfFrame, maximum } = this.#frames;
    const [ni, nj] = this.grid.sizeIjk;
    const mask = createMask(this.grid.sizeIjk);
    segmentOfFrame.forEach((own, frame) => {
      if (own !== undefined && own !== segmentNumber) return;
      // A label map stores the number itself.
      const isInside =
        own === undefined ? (v: number) => v === segmentNumber : (v: number) => v > 0 && 2 * v >= maximum;
      let pixel = frame * ni * nj;
      for (let j = 0; j < nj; j++) {
        const row = (kOfFrame[frame] * nj + j) * mask.wordsPerRow;
        for (let i = 0; i < ni; i++, pixel++)
          if (isInside(valueAt(bytes, bits, pixel))) mask.words[row + (i >>> 5)] |= 1 << (i & 31);
      }
    });
    return mask;
  }

  /**
   * The frames with background wherever the centre of a pixel lies in a removed voxel. The image has the segmentation's
   * frame of reference and any grid.
   * @param only numbers of the segments that are cleared; all of them without it
   */
  cleared(removed: GridMask, only?: ReadonlySet<number>): ClearedSegmentation {
    const { bits, kOfFrame, segmentOfFrame, background } = this.#frames;
    const bytes = this.#frames.bytes.slice();
    const [ni, nj] = this.grid.sizeIjk;
    const toRemoved = compose(invert(removed.grid.affineIjkToLps), this.grid.affineIjkToLps);
    const counts = new Map(this.segments.map(({ number }) => [number, { cleared: 0, left: 0 }]));
    segmentOfFrame.forEach((own, frame) => {
      let pixel = frame * ni * nj;
      for (let j = 0; j < nj; j++) {
        for (let i = 0; i < ni; i++, pixel++) {
          const value = valueAt(bytes, bits, pixel);
          const segment = own ?? value;
          if (value === background || (only !== undefined && !only.has(segment))) continue;
          const isCleared = hasNearest(removed, toRemoved, i, j, kOfFrame[frame]);
          if (isCleared) setValue(bytes, bits, pixel, background);
          const count = counts.get(segment);
          if (count !== undefined) count[isCleared ? 'cleared' : 'left']++;
        }
      }
    });
    return { bytes, segments: counts };
  }
}

/** Is the voxel of a mask that is nearest to a voxel of another grid set? */
function hasNearest({ mask }: GridMask, m: readonly number[], i: number, j: number, k: number): boolean {
  const u = Math.round(m[0] * i + m[1] * j + m[2] * k + m[3]);
  const v = Math.round(m[4] * i + m[5] * j + m[6] * k + m[7]);
  const w = Math.round(m[8] * i + m[9] * j + m[10] * k + m[11]);
  const [nu, nv, nw] = mask.sizeIjk;
  return u >= 0 && v >= 0 && w >= 0 && u < nu && v < nv && w < nw && maskHas(mask, u, v, w);
}

function setValue(bytes: Uint8Array, bits: 1 | 8 | 16, pixel: number, value: number): void {
  if (bits === 1) bytes[pixel >>> 3] = (bytes[pixel >>> 3] & ~(1 << (pixel & 7))) | (value << (pixel & 7));
  else if (bits === 8) bytes[pixel] = value;
  else {
    bytes[2 * pixel] = value & 0xff;
    bytes[2 * pixel + 1] = value >>> 8;
  }
}

function valueAt(bytes: Uint8Array, bits: 1 | 8 | 16, pixel: number): number {
  if (bits === 1) return (bytes[pixel >>> 3] >>> (pixel & 7)) & 1;
  return bits === 8 ? bytes[pixel] : bytes[2 * pixel] | (bytes[2 * pixel + 1] << 8);
}
