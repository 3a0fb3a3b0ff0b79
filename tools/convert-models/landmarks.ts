import { biasOnly, denseConvolution, depthwiseConvolution } from './convolutions.ts';
import { OnnxGraph, PAD_0, PAD_1, PAD_END } from './onnx-graph.ts';
import { weightOf, type Weights } from './tfjs-weights.ts';

const CHANNELS = [32, 64, 128, 256];
const N_COORDINATES = 2 * 68;

/**
 * 68 facial landmarks from a face's box.
 *
 * Input `pixels` (batch, 3, 112, 112), RGB minus its mean, over 255. Output `points` (batch, 136): x, y of each
 * landmark in units of the input's edge.
 */
export function landmarksGraph(weights: Weights): OnnxGraph {
  const graph = new OnnxGraph();
  const relu = (value: string): string => graph.node('Relu', [value]);

  const separable = (input: string, prefix: string, from: number, to: number, stride: number): string => {
    const none = biasOnly(weights, undefined, from);
    const depthwise = depthwiseConvolution(weights, `${prefix}/depthwise_filter`, from, none);
    const bias = biasOnly(weights, `${prefix}/bias`, to);
    const pointwise = denseConvolution(weights, `${prefix}/pointwise_filter`, 1, from, to, bias);
    return graph.conv(graph.conv(input, depthwise, stride, stride === 1 ? PAD_1 : PAD_END), pointwise, 1, PAD_0);
  };

  let out = graph.input('pixels', ['batch', 3, 112, 112]);
  let channels = 3;
  for (const [n, next] of CHANNELS.entries()) {
    const prefix = `dense${n}`;
    if (n === 0) {
      const bias = biasOnly(weights, `${prefix}/conv0/bias`, next);
      out = graph.conv(out, denseConvolution(weights, `${prefix}/conv0/filters`, 3, 3, next, bias), 2, PAD_END);
    } else out = separable(out, `${prefix}/conv0`, channels, next, 2);
    out = relu(out);
    // A dense block adds where DenseNet concatenates: each layer sees the rectified sum of all before it.
    let sum = out;
    for (const layer of [1, 2, 3]) {
      out = separable(out, `${prefix}/conv${layer}`, next, next, 1);
      sum = graph.node('Add', [sum, out]);
      out = relu(sum);
    }
    channels = next;
  }
  const pooled = graph.node('Flatten', [graph.pool('AveragePool', out, 7, 2)], { axis: 1 });
  const matrix = graph.constant(weightOf(weights, 'fc/weights', [channels, N_COORDINATES]), [channels, N_COORDINATES]);
  const bias = graph.constant(weightOf(weights, 'fc/bias', [N_COORDINATES]), [N_COORDINATES]);
  graph.output('points', graph.node('Gemm', [pooled, matrix, bias]), ['batch', N_COORDINATES]);
  return graph;
}
