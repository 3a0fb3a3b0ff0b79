import type { Convolution } from './onnx-graph.ts';
import { weightOf, type Weights } from './tfjs-weights.ts';

/** Per output channel: what its filter is multiplied by, and its bias. */
export interface ChannelAffine {
  readonly scale: (channel: number) => number;
  readonly bias: (channel: number) => number;
}

/**
 * A dense convolution from TensorFlow's filters (row, column, in, out), with a per-channel affine map that follows it
 * folded into filters and bias (in double precision, rounded once).
 */
export function denseConvolution(
  weights: Weights,
  name: string,
  size: number,
  channelsIn: number,
  channelsOut: number,
  after: ChannelAffine,
): Convolution {
  const source = weightOf(weights, name, [size, size, channelsIn, channelsOut]);
  const filters = new Float32Array(source.length);
  const window = size * size;
  for (let tap = 0; tap < window; tap++)
    for (let i = 0; i < channelsIn; i++)
      for (let o = 0; o < channelsOut; o++)
        filters[(o * channelsIn + i) * window + tap] =
          source[(tap * channelsIn + i) * channelsOut + o] * after.scale(o);
  const bias = Float32Array.from({ length: channelsOut }, (_, o) => after.bias(o));
  return { filters, bias, channelsIn, channelsOut, size };
}

/** A 3 × 3 convolution of each channel by itself, from TensorFlow's filters (row, column, channel, 1). */
export function depthwiseConvolution(
  weights: Weights,
  name: string,
  channels: number,
  after: ChannelAffine,
): Convolution {
  const source = weightOf(weights, name, [3, 3, channels, 1]);
  const filters = new Float32Array(source.length);
  for (let tap = 0; tap < 9; tap++)
    for (let c = 0; c < channels; c++) filters[c * 9 + tap] = source[tap * channels + c] * after.scale(c);
  const bias = Float32Array.from({ length: channels }, (_, c) => after.bias(c));
  return { filters, bias, channelsIn: channels, channelsOut: channels, size: 3, isDepthwise: true };
}

/** Nothing folded in but a bias of the weights, or none. */
export function biasOnly(weights: Weights, name: string | undefined, channels: number): ChannelAffine {
  if (name === undefined) return { scale: () => 1, bias: () => 0 };
  const bias = weightOf(weights, name, [channels]);
  return { scale: () => 1, bias: (channel) => bias[channel] };
}
