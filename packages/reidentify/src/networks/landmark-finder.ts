import {
  checkPicture,
  type FacePicture,
  fillNetworkInput,
  type PixelBox,
  type PixelPoint,
  squareAround,
} from './face-picture.ts';
import { Network, type NetworkOptions, type NetworkSource, runBatches } from './network.ts';

/** Landmarks of a face in the order of the iBUG 300-W set (Sagonas et al. 2013), which dlib shares. */
export const N_LANDMARKS = 68;

/** A face whose landmarks are sought. */
export interface FaceInPicture {
  readonly picture: FacePicture;
  /** From a detector, or from the head's own geometry. It may reach outside the picture; black is seen there. */
  readonly box: PixelBox;
}

/** Finds the landmarks of faces. Users may bring their own. */
export interface LandmarkFinder extends AsyncDisposable {
  readonly name: string;
  /** 68 points for each face, in the picture's pixels. */
  find(faces: readonly FaceInPicture[]): Promise<PixelPoint[][]>;
}

const SIZE_PX = 112;
const BATCH_SIZE = 32;
const NORMALISATION = { meanRgb: [122.782, 117.001, 104.298], divisor: 255 } as const;

/** Whole pixels: the box's corner and size rounded down, as the network was trained; at least one pixel. */
function wholePixels(box: PixelBox): PixelBox {
  return {
    leftPx: Math.floor(box.leftPx),
    topPx: Math.floor(box.topPx),
    widthPx: Math.max(1, Math.floor(box.widthPx)),
    heightPx: Math.max(1, Math.floor(box.heightPx)),
  };
}

/** The dense network of separable convolutions, 112 × 112. */
export class DenseLandmarkFinder implements LandmarkFinder {
  readonly name: string;
  readonly #network: Network;

  private constructor(network: Network) {
    this.name = network.name;
    this.#network = network;
  }

  static async open(source: NetworkSource, options?: NetworkOptions): Promise<DenseLandmarkFinder> {
    return new DenseLandmarkFinder(await Network.open(source, ['points'], options));
  }

  async find(faces: readonly FaceInPicture[]): Promise<PixelPoint[][]> {
    for (const { picture, box } of faces) {
      checkPicture(picture);
      if (![box.leftPx, box.topPx, box.widthPx, box.heightPx].every(Number.isFinite))
        throw new RangeError('the box of a face is not finite');
    }
    const boxes = faces.map(({ box }) => wholePixels(box));
    const frames = boxes.map((box) => squareAround(box, 'centre'));
    return runBatches(
      this.#network,
      faces.length,
      BATCH_SIZE,
      [3, SIZE_PX, SIZE_PX],
      (target, offset, n) => {
        fillNetworkInput(target, offset, faces[n].picture, boxes[n], frames[n], SIZE_PX, NORMALISATION);
      },
      ({ points }, index, n) => {
        const { leftPx, topPx, edgePx } = frames[n];
        return Array.from({ length: N_LANDMARKS }, (_, landmark) => {
          const at = 2 * (index * N_LANDMARKS + landmark);
          return { xPx: leftPx + points.values[at] * edgePx, yPx: topPx + points.values[at + 1] * edgePx };
        });
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#network[Symbol.asyncDispose]();
  }
}
