import {
  clipToPicture,
  type DetectOptions,
  type FaceDetection,
  type FaceDetector,
  suppressNonMaxima,
} from './face-detector.ts';
import { checkPicture, type FacePicture, fillNetworkInput, squareAround, wholePicture } from './face-picture.ts';
import { Network, type NetworkOptions, type NetworkSource, runBatches } from './network.ts';

const SIZE_PX = 512;
const MAX_OVERLAP = 0.5;
/** Activations of one picture take some 30 MB; more at once is not faster on a CPU. */
const BATCH_SIZE = 1;
/** To −1…1. */
const NORMALISATION = { meanRgb: [127.5, 127.5, 127.5], divisor: 127.5 } as const;

/** SSD with MobileNet v1 (Liu et al. 2016; Howard et al. 2017), 512 × 512, trained on WIDER FACE. */
export class SsdFaceDetector implements FaceDetector {
  readonly name: string;
  readonly #network: Network;

  private constructor(network: Network) {
    this.name = network.name;
    this.#network = network;
  }

  static async open(source: NetworkSource, options?: NetworkOptions): Promise<SsdFaceDetector> {
    return new SsdFaceDetector(await Network.open(source, ['boxes', 'scores'], options));
  }

  async detect(pictures: readonly FacePicture[], options: DetectOptions = {}): Promise<FaceDetection[][]> {
    const { minScore = 0.5, maxFaces = 100 } = options;
    pictures.forEach(checkPicture);
    const frames = pictures.map((picture) => squareAround(wholePicture(picture), 'end'));
    return runBatches(
      this.#network,
      pictures.length,
      BATCH_SIZE,
      [3, SIZE_PX, SIZE_PX],
      (target, offset, n) => {
        const picture = pictures[n];
        fillNetworkInput(target, offset, picture, wholePicture(picture), frames[n], SIZE_PX, NORMALISATION);
      },
      ({ boxes, scores }, index, n) => {
        const nAnchors = scores.dims[1];
        const candidates: FaceDetection[] = [];
        for (let anchor = index * nAnchors; anchor < (index + 1) * nAnchors; anchor++) {
          const score = scores.values[anchor];
          if (!(score > minScore)) continue;
          const [top, left, bottom, right] = boxes.values.subarray(4 * anchor, 4 * anchor + 4);
          const { edgePx } = frames[n];
          const box = {
            leftPx: left * edgePx,
            topPx: top * edgePx,
            widthPx: (right - left) * edgePx,
            heightPx: (bottom - top) * edgePx,
          };
          candidates.push({ score, box });
        }
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
