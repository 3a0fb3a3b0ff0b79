import { type ChipLayout, DLIB_CHIP_68 } from './chip-layouts.ts';
import {
  checkPicture,
  type FacePicture,
  fillNetworkInput,
  type Normalisation,
  squareAround,
  wholePicture,
} from './face-picture.ts';
import { Network, type NetworkOptions, type NetworkSource, runBatches } from './network.ts';

/** How two descriptors are compared. */
export type DescriptorMetric = 'euclidean' | 'cosine';

/** Describes faces so that descriptors of one person lie close together. Users may bring their own. */
export interface FaceRecogniser extends AsyncDisposable {
  readonly name: string;
  readonly descriptorLength: number;
  readonly metric: DescriptorMetric;
  /** The chips it wants; see extractChip. */
  readonly layout: ChipLayout;
  /** One descriptor for each chip. RangeError for a chip of another size than the layout's. */
  describe(chips: readonly FacePicture[]): Promise<Float32Array[]>;
}

/** What an ONNX recogniser is apart from its bytes. */
export interface RecogniserSpec {
  readonly metric: DescriptorMetric;
  readonly layout: ChipLayout;
  readonly normalisation: Normalisation;
  /** Name of the network's output (batch, descriptorLength). */
  readonly output: string;
  readonly descriptorLength: number;
  /** Chips it takes at once at most. Default 16. */
  readonly batchSize?: number;
}

/**
 * dlib's ResNet: mean of its training set, over 256 (`input_rgb_image`, dlib/dnn/input.h). face-api divides by 255
 * instead, which moves a descriptor by some 0.0015.
 */
export const DLIB_RECOGNISER: RecogniserSpec = {
  metric: 'euclidean',
  layout: DLIB_CHIP_68,
  normalisation: { meanRgb: [122.782, 117.001, 104.298], divisor: 256 },
  output: 'descriptors',
  descriptorLength: 128,
};

const BATCH_SIZE = 16;

/** A recogniser whose network is an ONNX file. */
export class OnnxFaceRecogniser implements FaceRecogniser {
  readonly name: string;
  readonly descriptorLength: number;
  readonly metric: DescriptorMetric;
  readonly layout: ChipLayout;
  readonly #network: Network;
  readonly #spec: RecogniserSpec;

  private constructor(network: Network, spec: RecogniserSpec) {
    this.name = network.name;
    this.descriptorLength = spec.descriptorLength;
    this.metric = spec.metric;
    this.layout = spec.layout;
    this.#network = network;
    this.#spec = spec;
  }

  static async open(
    source: NetworkSource,
    spec: RecogniserSpec = DLIB_RECOGNISER,
    options?: NetworkOptions,
  ): Promise<OnnxFaceRecogniser> {
    return new OnnxFaceRecogniser(await Network.open(source, [spec.output], options), spec);
  }

  async describe(chips: readonly FacePicture[]): Promise<Float32Array[]> {
    const { output, normalisation, descriptorLength, batchSize = BATCH_SIZE } = this.#spec;
    const { sizePx } = this.layout;
    for (const chip of chips) {
      checkPicture(chip);
      if (chip.width !== sizePx || chip.height !== sizePx)
        throw new RangeError(`a chip is ${chip.width}×${chip.height}, ${this.name} wants ${sizePx}×${sizePx}`);
    }
    return runBatches(
      this.#network,
      chips.length,
      batchSize,
      [3, sizePx, sizePx],
      (target, offset, n) => {
        const whole = wholePicture(chips[n]);
        fillNetworkInput(target, offset, chips[n], whole, squareAround(whole, 'end'), sizePx, normalisation);
      },
      (outputs, index) => outputs[output].values.slice(index * descriptorLength, (index + 1) * descriptorLength),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#network[Symbol.asyncDispose]();
  }
}

/** Distance of two descriptors: Euclidean, or 1 − cosine. RangeError for different lengths. */
export function descriptorDistance(a: Float32Array, b: Float32Array, metric: DescriptorMetric): number {
  if (a.length !== b.length) throw new RangeError(`descriptors of ${a.length} and ${b.length} numbers`);
  let squared = 0;
  let product = 0;
  let squaredA = 0;
  let squaredB = 0;
  for (let n = 0; n < a.length; n++) {
    squared += (a[n] - b[n]) ** 2;
    product += a[n] * b[n];
    squaredA += a[n] * a[n];
    squaredB += b[n] * b[n];
  }
  return metric === 'euclidean' ? Math.sqrt(squared) : 1 - product / Math.sqrt(squaredA * squaredB);
}
