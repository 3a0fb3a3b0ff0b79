import {
  clipToPicture,
  type DetectOptions,
  type FaceDetection,
  type FaceDetector,
  suppressNonMaxima,
} from './face-detector.ts';
import {
  checkPicture,
  type FacePicture,
  fillNetworkInput,
  type PixelBox,
  squareAround,
  wholePicture,
} from './face-picture.ts';
import { Network, type NetworkOptions, type NetworkSource, type NetworkTensor, runBatches } from './network.ts';

/** Pixels of the input for each cell of the output. */
const STRIDE_PX = 32;
const MAX_OVERLAP = 0.4;
const BATCH_SIZE = 8;
/** Numbers of one anchor: x, y, width, height, score. */
const N_NUMBERS = 5;
const NORMALISATION = { meanRgb: [117.001, 114.697, 97.404], divisor: 255 } as const;

/** Width and height of the anchors, in cells. */
const ANCHORS = [
  [1.603231, 2.094468],
  [6.041143, 7.080126],
  [2.882459, 3.518061],
  [4.266906, 5.178857],
  [9.041765, 10.66308],
] as const;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** How the tiny detector is run. */
export interface TinyFaceDetectorOptions extends NetworkOptions {
  /** Edge of the network's input, a multiple of 32; default 416. Larger finds smaller faces. */
  readonly sizePx?: number;
}

/**
 * Boxes of one picture's cells (Redmon & Farhadi 2017, "Direct location prediction"), before suppression. `cells` is
 * (batch, rows, columns, 5 · 5); `edgePx` the square's edge in picture pixels.
 */
export function decodeCells(cells: NetworkTensor, index: number, edgePx: number, minScore: number): FaceDetection[] {
  const [, rows, columns] = cells.dims;
  const found: FaceDetection[] = [];
  const cellPx = edgePx / columns;
  let at = index * rows * columns * ANCHORS.length * N_NUMBERS;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      for (const [anchorWidth, anchorHeight] of ANCHORS) {
        const [x, y, width, height, logit] = cells.values.subarray(at, at + N_NUMBERS);
        at += N_NUMBERS;
        const score = sigmoid(logit);
        if (!(score > minScore)) continue;
        const widthPx = Math.exp(width) * anchorWidth * cellPx;
        const heightPx = Math.exp(height) * anchorHeight * cellPx;
        const box: PixelBox = {
          leftPx: (column + sigmoid(x)) * cellPx - widthPx / 2,
          topPx: (row + sigmoid(y)) * cellPx - heightPx / 2,
          widthPx,
          heightPx,
        };
        found.push({ score, box });
      }
  return found;
}

/** A small YOLO v2 of separable convolutions: a second opinion at a twentieth of the cost. */
export class TinyFaceDetector implements FaceDetector {
  readonly name: string;
  readonly #network: Network;
  readonly #sizePx: number;

  private constructor(network: Network, sizePx: number) {
    this.name = network.name;
    this.#network = network;
    this.#sizePx = sizePx;
  }

  /** RangeError for a size that is no multiple of 32. */
  static async open(source: NetworkSource, options: TinyFaceDetectorOptions = {}): Promise<TinyFaceDetector> {
    const { sizePx = 416, ...rest } = options;
    if (!(sizePx >= STRIDE_PX && sizePx % STRIDE_PX === 0))
      throw new RangeError(`the edge of the input is ${sizePx}, expected a multiple of ${STRIDE_PX}`);
    return new TinyFaceDetector(await Network.open(source, ['cells'], rest), sizePx);
  }

  async detect(pictures: readonly FacePicture[], options: DetectOptions = {}): Promise<FaceDetection[][]> {
    const { minScore = 0.5, maxFaces = 100 } = options;
    pictures.forEach(checkPicture);
    const frames = pictures.map((picture) => squareAround(wholePicture(picture), 'end'));
    return runBatches(
      this.#network,
      pictures.length,
      BATCH_SIZE,
      [3, this.#sizePx, this.#sizePx],
      (target, offset, n) => {
        const picture = pictures[n];
        fillNetworkInput(target, offset, picture, wholePicture(picture), frames[n], this.#sizePx, NORMALISATION);
      },
      ({ cells }, index, n) => {
        const candidates = decodeCells(cells, index, frames[n].edgePx, minScore);
        return suppressNonMaxima(candidates, MAX_OVERLAP, maxFaces).map(({ score, box }) => ({
          score,
          box: clipToPicture(box, pictures[n]),
        }));
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#network[Symbol.asyncDispose]();
  }
}
