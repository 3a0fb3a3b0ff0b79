import { biasOnly, denseConvolution, depthwiseConvolution } from './convolutions.ts';
import { type Convolution, OnnxGraph, PAD_0, PAD_1, PAD_END } from './onnx-graph.ts';
import { weightOf, type Weights } from './tfjs-weights.ts';

/** Boxes the detector looks at: 3 on a 32 × 32 grid, 6 on 16, 8, 4, 2 and 1. */
const N_ANCHORS = 3 * 32 * 32 + 6 * (16 * 16 + 8 * 8 + 4 * 4 + 2 * 2 + 1);

const BATCH_NORM_EPSILON = 0.0010000000474974513;

/** Output channels of the 13 depthwise pairs, and which of them halve the size (Howard et al. 2017, table 1). */
const PAIRS = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024];
const HALVING = new Set([2, 4, 6, 12]);

/** Channels of the extra feature layers after the backbone: 1 × 1, then 3 × 3 at stride 2, four times. */
const EXTRA = [256, 512, 128, 256, 128, 256, 64, 128];

/** Variances of the box coder (Liu et al. 2016): centres in tenths, sizes in fifths of the anchor. */
const CENTRE_SCALE = 1 / 10;
const SIZE_SCALE = 1 / 5;

/**
 * SSD with MobileNet v1 at 512 × 512.
 *
 * Input `pixels` (batch, 3, 512, 512), RGB in −1…1. Outputs `boxes` (batch, 5118, 4) as top, left, bottom, right in
 * units of the input's edge, and `scores` (batch, 5118), 0…1.
 */
export function ssdMobilenetGraph(weights: Weights): OnnxGraph {
  const graph = new OnnxGraph();
  const zero = graph.scalar(0);
  const six = graph.scalar(6);
  const relu6 = (value: string): string => graph.node('Clip', [value, zero, six]);

  const pointwise = (input: string, prefix: string, size: number, from: number, to: number, stride: number): string => {
    const after = biasOnly(weights, `${prefix}/convolution_bn_offset`, to);
    const convolution = denseConvolution(weights, `${prefix}/weights`, size, from, to, after);
    return relu6(graph.conv(input, convolution, stride, size === 1 ? PAD_0 : stride === 1 ? PAD_1 : PAD_END));
  };

  const depthwise = (prefix: string, channels: number): Convolution => {
    const norm = (part: string): Float32Array => weightOf(weights, `${prefix}/BatchNorm/${part}`, [channels]);
    const [gamma, beta, mean, variance] = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map(norm);
    const scale = (c: number): number => gamma[c] / Math.sqrt(variance[c] + BATCH_NORM_EPSILON);
    const bias = (c: number): number => beta[c] - mean[c] * scale(c);
    return depthwiseConvolution(weights, `${prefix}/depthwise_weights`, channels, { scale, bias });
  };

  let out = pointwise(graph.input('pixels', ['batch', 3, 512, 512]), 'MobilenetV1/Conv2d_0_pointwise', 3, 3, 32, 2);
  let channels = 32;
  const features: { readonly value: string; readonly channels: number }[] = [];
  for (const [n, next] of PAIRS.entries()) {
    const index = n + 1;
    const stride = HALVING.has(index) ? 2 : 1;
    const convolution = depthwise(`MobilenetV1/Conv2d_${index}_depthwise`, channels);
    out = relu6(graph.conv(out, convolution, stride, stride === 1 ? PAD_1 : PAD_END));
    out = pointwise(out, `MobilenetV1/Conv2d_${index}_pointwise`, 1, channels, next, 1);
    channels = next;
    if (index === 11 || index === 13) features.push({ value: out, channels });
  }
  for (const [n, next] of EXTRA.entries()) {
    const isReducing = n % 2 === 0;
    const prefix = `Prediction/Conv2d_${n}_pointwise`;
    out = pointwise(out, prefix, isReducing ? 1 : 3, channels, next, isReducing ? 1 : 2);
    channels = next;
    if (!isReducing) features.push({ value: out, channels });
  }

  const predict = (kind: 'BoxEncoding' | 'Class', width: number): string => {
    const parts = features.map((feature, n) => {
      const prefix = `Prediction/BoxPredictor_${n}/${kind}Predictor`;
      const to = (n === 0 ? 3 : 6) * width;
      const after = biasOnly(weights, `${prefix}/biases`, to);
      const convolution = denseConvolution(weights, `${prefix}/weights`, 1, feature.channels, to, after);
      const rows = graph.node('Transpose', [graph.conv(feature.value, convolution, 1, PAD_0)], { perm: [0, 2, 3, 1] });
      return graph.node('Reshape', [rows, graph.integers(0, -1, width)]);
    });
    return graph.node('Concat', parts, { axis: 1 });
  };
  const slice = (value: string, start: number, end: number): string =>
    graph.node('Slice', [value, graph.integers(start), graph.integers(end), graph.integers(2)]);

  const encoded = predict('BoxEncoding', 4);
  const { centres, sizes } = anchors(weights);
  const times = (value: string, factor: Float32Array): string =>
    graph.node('Mul', [value, graph.constant(factor, [1, N_ANCHORS, 2])]);
  const offset = times(
    slice(encoded, 0, 2),
    sizes.map((size) => size * CENTRE_SCALE),
  );
  const centre = graph.node('Add', [offset, graph.constant(centres, [1, N_ANCHORS, 2])]);
  const growth = graph.node('Exp', [graph.node('Mul', [slice(encoded, 2, 4), graph.scalar(SIZE_SCALE)])]);
  const half = times(
    growth,
    sizes.map((size) => size / 2),
  );
  const corners = [graph.node('Sub', [centre, half]), graph.node('Add', [centre, half])];
  graph.output('boxes', graph.node('Concat', corners, { axis: 2 }), ['batch', N_ANCHORS, 4]);

  // Classes are background, face, and one that was never trained.
  const face = graph.node('Sigmoid', [slice(predict('Class', 3), 1, 2)]);
  graph.output('scores', graph.node('Reshape', [face, graph.integers(0, -1)]), ['batch', N_ANCHORS]);
  return graph;
}

/** Centres and sizes (row, column) of the anchors, from their corners. */
function anchors(weights: Weights): { readonly centres: Float32Array; readonly sizes: Float32Array } {
  const corners = weightOf(weights, 'Output/extra_dim', [1, N_ANCHORS, 4]);
  const centres = new Float32Array(2 * N_ANCHORS);
  const sizes = new Float32Array(2 * N_ANCHORS);
  for (let n = 0; n < N_ANCHORS; n++)
    for (const axis of [0, 1]) {
      const low = corners[4 * n + axis];
      sizes[2 * n + axis] = corners[4 * n + 2 + axis] - low;
      centres[2 * n + axis] = low + (corners[4 * n + 2 + axis] - low) / 2;
    }
  return { centres, sizes };
}
