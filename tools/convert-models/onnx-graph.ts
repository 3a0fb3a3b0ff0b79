import onnxProto, { type onnx as Onnx } from 'onnx-proto';

const { onnx } = onnxProto;

/** IR 8 and operator set 13: old enough for every ONNX Runtime that has the three execution providers. */
const IR_VERSION = 8;
const OPSET = 13;

/** Rows above, columns left, rows below, columns right of a picture. */
export type Pads = readonly [number, number, number, number];

/** One on each side: a 3 × 3 window at stride 1 keeps the size. */
export const PAD_1: Pads = [1, 1, 1, 1];

/** TensorFlow's SAME for a 3 × 3 window at stride 2 on an even size: its odd row and column come last. */
export const PAD_END: Pads = [0, 0, 1, 1];

export const PAD_0: Pads = [0, 0, 0, 0];

/** A convolution: filters (out, in / groups, rows, columns), one bias for each output channel. */
export interface Convolution {
  readonly filters: Float32Array;
  readonly bias: Float32Array;
  readonly channelsIn: number;
  readonly channelsOut: number;
  /** Rows and columns of the window. */
  readonly size: number;
  /** Each channel by itself: channelsIn = channelsOut, filters (channels, 1, rows, columns). */
  readonly isDepthwise?: boolean;
}

type Attributes = Readonly<Record<string, number | readonly number[]>>;

/** Float attributes of the operators used here; every other number is an integer. */
const FLOAT_ATTRIBUTES = new Set(['alpha']);

function attribute(name: string, value: number | readonly number[]): Onnx.IAttributeProto {
  const { AttributeType } = onnx.AttributeProto;
  if (typeof value !== 'number') return { name, type: AttributeType.INTS, ints: [...value] };
  return FLOAT_ATTRIBUTES.has(name)
    ? { name, type: AttributeType.FLOAT, f: value }
    : { name, type: AttributeType.INT, i: value };
}

/** What the file says about itself. */
export interface ModelFacts {
  readonly name: string;
  readonly licence: string;
  readonly origin: string;
}

/**
 * Writes an ONNX graph node by node. Pictures are (batch, channel, row, column); every method returns the name of the
 * value it made. The same calls give the same bytes.
 */
export class OnnxGraph {
  readonly #nodes: Onnx.INodeProto[] = [];
  readonly #initializers: Onnx.ITensorProto[] = [];
  readonly #inputs: Onnx.IValueInfoProto[] = [];
  readonly #outputs: Onnx.IValueInfoProto[] = [];

  node(opType: string, input: readonly string[], attributes: Attributes = {}): string {
    const output = `${opType.toLowerCase()}_${this.#nodes.length}`;
    const list = Object.entries(attributes).map(([name, value]) => attribute(name, value));
    this.#nodes.push({ opType, name: output, input: [...input], output: [output], attribute: list });
    return output;
  }

  constant(values: Float32Array | readonly bigint[], dims: readonly number[]): string {
    const name = `constant_${this.#initializers.length}`;
    const isFloat = values instanceof Float32Array;
    const rawData = new Uint8Array((isFloat ? 4 : 8) * values.length);
    const view = new DataView(rawData.buffer);
    for (const [n, value] of values.entries()) {
      if (typeof value === 'bigint') view.setBigInt64(8 * n, value, true);
      else view.setFloat32(4 * n, value, true);
    }
    const { FLOAT, INT64 } = onnx.TensorProto.DataType;
    this.#initializers.push({ name, dataType: isFloat ? FLOAT : INT64, dims: [...dims], rawData });
    return name;
  }

  scalar(value: number): string {
    return this.constant(Float32Array.of(value), []);
  }

  integers(...values: readonly number[]): string {
    return this.constant(values.map(BigInt), [values.length]);
  }

  input(name: string, dims: readonly (string | number)[]): string {
    this.#inputs.push(valueInfo(name, dims));
    return name;
  }

  /** Gives a value its public name. */
  output(name: string, value: string, dims: readonly (string | number)[]): void {
    this.#nodes.push({ opType: 'Identity', name: `${name}_output`, input: [value], output: [name] });
    this.#outputs.push(valueInfo(name, dims));
  }

  conv(input: string, convolution: Convolution, stride: number, pads: Pads): string {
    const { filters, bias, channelsIn, channelsOut, size, isDepthwise = false } = convolution;
    return this.node(
      'Conv',
      [
        input,
        this.constant(filters, [channelsOut, isDepthwise ? 1 : channelsIn, size, size]),
        this.constant(bias, [channelsOut]),
      ],
      { group: isDepthwise ? channelsIn : 1, kernel_shape: [size, size], strides: [stride, stride], pads },
    );
  }

  pool(kind: 'MaxPool' | 'AveragePool', input: string, size: number, stride: number, pads: Pads = PAD_0): string {
    return this.node(kind, [input], { kernel_shape: [size, size], strides: [stride, stride], pads });
  }

  /** Zeros after the last channel, row and column. */
  padEnd(input: string, channels: number, rows: number, columns: number): string {
    return this.node('Pad', [input, this.integers(0, 0, 0, 0, 0, channels, rows, columns)]);
  }

  encode(facts: ModelFacts): Uint8Array {
    return onnx.ModelProto.encode({
      irVersion: IR_VERSION,
      opsetImport: [{ domain: '', version: OPSET }],
      producerName: 'efface tools/convert-models',
      metadataProps: [
        { key: 'licence', value: facts.licence },
        { key: 'origin', value: facts.origin },
      ],
      graph: {
        name: facts.name,
        node: this.#nodes,
        initializer: this.#initializers,
        input: this.#inputs,
        output: this.#outputs,
      },
    }).finish();
  }
}

function valueInfo(name: string, dims: readonly (string | number)[]): Onnx.IValueInfoProto {
  const dim = dims.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size }));
  return { name, type: { tensorType: { elemType: onnx.TensorProto.DataType.FLOAT, shape: { dim } } } };
}
