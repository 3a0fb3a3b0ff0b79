import { biasOnly, denseConvolution, depthwiseConvolution } from './convolutions.ts';
import { OnnxGraph, PAD_0, PAD_1, PAD_END } from './onnx-graph.ts';
import type { Weights } from './tfjs-weights.ts';

/** Output channels of the five separable layers. */
const CHANNELS = [32, 64, 128, 256, 512];
const N_ANCHORS = 5;

/**
 * The tiny face detector: a YOLO v2 of separable convolutions (Redmon & Farhadi 2017).
 *
 * Input `pixels` (batch, 3, size, size), RGB minus its mean, over 255, size a multiple of 32. Output `cells`
 * (batch, size / 32 rows, size / 32 columns, 25): for each of five anchors x, y, width, height, score, all undecoded.
 */
export function tinyFaceGraph(weights: Weights): OnnxGraph {
  const graph = new OnnxGraph();
  const leaky = (value: string): string => graph.node('LeakyRelu', [value], { alpha: Math.fround(0.1) });
  const input = graph.input('pixels', ['batch', 3, 'size', 'size']);
  const first = denseConvolution(weights, 'conv0/filters', 3, 3, 16, biasOnly(weights, 'conv0/bias', 16));
  // Without padding: sizes after it are 32n − 2, 16n − 1, 8n, 4n, 2n, n. The pool of the odd one reaches past the end.
  let out = graph.pool('MaxPool', leaky(graph.conv(input, first, 1, PAD_0)), 2, 2);
  let channels = 16;
  for (const [n, next] of CHANNELS.entries()) {
    const prefix = `conv${n + 1}`;
    const depthwise = depthwiseConvolution(
      weights,
      `${prefix}/depthwise_filter`,
      channels,
      biasOnly(weights, undefined, channels),
    );
    const bias = biasOnly(weights, `${prefix}/bias`, next);
    const pointwise = denseConvolution(weights, `${prefix}/pointwise_filter`, 1, channels, next, bias);
    out = leaky(graph.conv(graph.conv(out, depthwise, 1, PAD_1), pointwise, 1, PAD_0));
    const isLast = n === CHANNELS.length - 1;
    out = graph.pool('MaxPool', out, 2, isLast ? 1 : 2, n === 0 || isLast ? PAD_END : PAD_0);
    channels = next;
  }
  const nOut = N_ANCHORS * 5;
  const last = denseConvolution(weights, 'conv8/filters', 1, 512, nOut, biasOnly(weights, 'conv8/bias', nOut));
  const cells = graph.node('Transpose', [graph.conv(out, last, 1, PAD_0)], { perm: [0, 2, 3, 1] });
  graph.output('cells', cells, ['batch', 'rows', 'columns', nOut]);
  return graph;
}
