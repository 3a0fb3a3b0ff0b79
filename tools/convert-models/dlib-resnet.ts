import { denseConvolution } from './convolutions.ts';
import { OnnxGraph, PAD_0, PAD_1 } from './onnx-graph.ts';
import { weightOf, type Weights } from './tfjs-weights.ts';

/** One residual block: its name, channels, rows of what enters it, and whether it halves the size. */
interface Block {
  readonly name: string;
  readonly channels: number;
  readonly rowsIn: number;
  readonly isDown?: boolean;
}

const BLOCKS: readonly Block[] = [
  { name: 'conv32_1', channels: 32, rowsIn: 35 },
  { name: 'conv32_2', channels: 32, rowsIn: 35 },
  { name: 'conv32_3', channels: 32, rowsIn: 35 },
  { name: 'conv64_down', channels: 64, rowsIn: 35, isDown: true },
  { name: 'conv64_1', channels: 64, rowsIn: 17 },
  { name: 'conv64_2', channels: 64, rowsIn: 17 },
  { name: 'conv64_3', channels: 64, rowsIn: 17 },
  { name: 'conv128_down', channels: 128, rowsIn: 17, isDown: true },
  { name: 'conv128_1', channels: 128, rowsIn: 8 },
  { name: 'conv128_2', channels: 128, rowsIn: 8 },
  { name: 'conv256_down', channels: 256, rowsIn: 8, isDown: true },
  { name: 'conv256_1', channels: 256, rowsIn: 4 },
  { name: 'conv256_2', channels: 256, rowsIn: 4 },
  { name: 'conv256_down_out', channels: 256, rowsIn: 4, isDown: true },
];

const N_DESCRIPTOR = 128;

/**
 * dlib's `dlib_face_recognition_resnet_model_v1` (the network of `anet_type` in dlib's dnn_face_recognition_ex.cpp): a
 * ResNet of 29 convolutions whose halving blocks add an average-pooled copy of their input.
 *
 * Input `pixels` (batch, 3, 150, 150), normalised RGB. Output `descriptors` (batch, 128), not of unit length.
 */
export function dlibResnetGraph(weights: Weights): OnnxGraph {
  const graph = new OnnxGraph();
  const relu = (value: string): string => graph.node('Relu', [value]);

  const conv = (input: string, prefix: string, size: number, from: number, to: number, stride: number): string => {
    const channel = (name: string): Float32Array => weightOf(weights, `${prefix}/${name}`, [to]);
    const [bias, scales, offsets] = ['conv/bias', 'scale/weights', 'scale/biases'].map(channel);
    const after = {
      scale: (c: number): number => scales[c],
      bias: (c: number): number => bias[c] * scales[c] + offsets[c],
    };
    const convolution = denseConvolution(weights, `${prefix}/conv/filters`, size, from, to, after);
    return graph.conv(input, convolution, stride, stride === 1 ? PAD_1 : PAD_0);
  };

  const input = graph.input('pixels', ['batch', 3, 150, 150]);
  let out = graph.pool('MaxPool', relu(conv(input, 'conv32_down', 7, 3, 32, 2)), 3, 2);
  let channels = 32;
  for (const { name, channels: next, rowsIn, isDown = false } of BLOCKS) {
    const inner = relu(conv(out, `${name}/conv1`, 3, channels, next, isDown ? 2 : 1));
    let main = conv(inner, `${name}/conv2`, 3, next, next, 1);
    let shortcut = out;
    if (isDown) {
      // The window of 3 leaves one row and column fewer than the pool of 2 where the size is even; zeros stand there.
      const missing = Math.floor(rowsIn / 2) - (Math.floor((rowsIn - 3) / 2) + 1);
      if (missing > 0) main = graph.padEnd(main, 0, missing, missing);
      shortcut = graph.pool('AveragePool', out, 2, 2);
      if (next > channels) shortcut = graph.padEnd(shortcut, next - channels, 0, 0);
    }
    out = relu(graph.node('Add', [main, shortcut]));
    channels = next;
  }
  const features = graph.node('Flatten', [graph.node('GlobalAveragePool', [out])], { axis: 1 });
  const matrix = graph.constant(weightOf(weights, 'fc', [channels, N_DESCRIPTOR]), [channels, N_DESCRIPTOR]);
  graph.output('descriptors', graph.node('MatMul', [features, matrix]), ['batch', N_DESCRIPTOR]);
  return graph;
}
