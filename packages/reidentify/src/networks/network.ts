import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { EffaceError } from '@efface/volume';
import type * as OnnxRuntime from 'onnxruntime-node';

/** Where ONNX Runtime may compute. */
export const INFERENCE_PROVIDERS = ['cpu', 'cuda', 'webgpu'] as const;
export type InferenceProvider = (typeof INFERENCE_PROVIDERS)[number];

/** A network's file and what it has to be. */
export interface NetworkSource {
  /** For messages and records. */
  readonly name: string;
  /** The ONNX file's bytes, or its path. */
  readonly file: Uint8Array | string;
  /** SHA-256 of the bytes, lower-case hexadecimal: nothing else is ever run. */
  readonly sha256: string;
}

/** How a network is run. */
export interface NetworkOptions {
  /** Default cpu. */
  readonly provider?: InferenceProvider;
  /** Threads of one run on the CPU; default: as many as ONNX Runtime likes. */
  readonly threads?: number;
}

/** Values and sizes of one input or output, row-major float32. */
export interface NetworkTensor {
  readonly values: Float32Array;
  readonly dims: readonly number[];
}

/**
 * A network's file cannot be used. `MODEL_MISSING`: not there; `MODEL_HASH_MISMATCH`: other bytes than expected;
 * `MODEL_UNREADABLE`: ONNX Runtime refuses it; `MODEL_UNEXPECTED`: it has other inputs or outputs than its kind has.
 */
export class ModelError extends EffaceError {
  constructor(
    code: 'MODEL_MISSING' | 'MODEL_HASH_MISMATCH' | 'MODEL_UNREADABLE' | 'MODEL_UNEXPECTED',
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, 'unavailable', message, options);
  }
}

/**
 * Networks cannot be run as asked. `INFERENCE_RUNTIME_MISSING`: ONNX Runtime's library does not load;
 * `INFERENCE_PROVIDER_UNAVAILABLE`: this build or machine has not that execution provider.
 */
export class InferenceError extends EffaceError {
  constructor(
    code: 'INFERENCE_RUNTIME_MISSING' | 'INFERENCE_PROVIDER_UNAVAILABLE',
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, 'unavailable', message, options);
  }
}

type Runtime = typeof OnnxRuntime;

/** Loaded on first use: most commands never run a network, and the library is large. */
async function loadRuntime(): Promise<Runtime> {
  try {
    const runtime = await import('onnxruntime-node');
    // What goes wrong is thrown; its own lines on stderr would come a second time.
    runtime.env.logLevel = 'fatal';
    return runtime;
  } catch (error) {
    const message = "ONNX Runtime's library does not load on this machine; reinstall onnxruntime-node for it";
    throw new InferenceError('INFERENCE_RUNTIME_MISSING', message, { cause: error });
  }
}

async function readVerified({ name, file, sha256 }: NetworkSource): Promise<Uint8Array> {
  let bytes: Uint8Array;
  if (typeof file === 'string') {
    try {
      bytes = await readFile(file);
    } catch (error) {
      const message = `the network ${name} is not at ${file}; in a checkout \`npm run models\` writes it`;
      throw new ModelError('MODEL_MISSING', message, { cause: error });
    }
  } else bytes = file;
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found === sha256) return bytes;
  const where = typeof file === 'string' ? ` (${file})` : '';
  throw new ModelError(
    'MODEL_HASH_MISMATCH',
    `the network ${name}${where} has SHA-256 ${found}, expected ${sha256}; it is not run`,
  );
}

/** What keeps a network from being run: its file is missing, or has other bytes than its hash says. */
export async function networkFault(source: NetworkSource): Promise<ModelError | undefined> {
  try {
    await readVerified(source);
    return undefined;
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
}

/** A verified network, ready to run. Close it when it is no longer needed. */
export class Network implements AsyncDisposable {
  readonly name: string;
  readonly provider: InferenceProvider;
  readonly #session: OnnxRuntime.InferenceSession;
  readonly #runtime: Runtime;

  private constructor(
    name: string,
    provider: InferenceProvider,
    session: OnnxRuntime.InferenceSession,
    runtime: Runtime,
  ) {
    this.name = name;
    this.provider = provider;
    this.#session = session;
    this.#runtime = runtime;
  }

  /**
   * Reads, verifies and compiles a network that has one input and at least the outputs named. ModelError and
   * InferenceError say what is wrong.
   */
  static async open(source: NetworkSource, outputs: readonly string[], options: NetworkOptions = {}): Promise<Network> {
    const { provider = 'cpu', threads } = options;
    const bytes = await readVerified(source);
    const runtime = await loadRuntime();
    if (!runtime.listSupportedBackends().some((backend) => backend.name === provider)) {
      const message = `ONNX Runtime has no ${provider} execution provider on this platform; use another one`;
      throw new InferenceError('INFERENCE_PROVIDER_UNAVAILABLE', message);
    }
    let session: OnnxRuntime.InferenceSession;
    try {
      session = await runtime.InferenceSession.create(bytes, {
        executionProviders: [provider],
        logSeverityLevel: 4,
        // Its arena keeps what the largest batch took: 260 MiB more at the peak, and no faster.
        enableCpuMemArena: false,
        // Threads that wait would take the cores from the threads that compute.
        extra: { session: { intra_op: { allow_spinning: '0' } } },
        ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      // A damaged file was caught by its hash: what fails on another provider than the CPU is the provider.
      if (provider === 'cpu')
        throw new ModelError('MODEL_UNREADABLE', `ONNX Runtime refuses the network ${source.name}: ${reason}`, {
          cause: error,
        });
      const message = `the execution provider ${provider} does not start for ${source.name}: ${reason}`;
      throw new InferenceError('INFERENCE_PROVIDER_UNAVAILABLE', message, { cause: error });
    }
    const missing = outputs.filter((output) => !session.outputNames.includes(output));
    if (missing.length > 0 || session.inputNames.length !== 1) {
      await session.release();
      const message =
        `the network ${source.name} has inputs ${session.inputNames.join(', ')} and outputs ` +
        `${session.outputNames.join(', ')}, expected one input and ${outputs.join(', ')}`;
      throw new ModelError('MODEL_UNEXPECTED', message);
    }
    return new Network(source.name, provider, session, runtime);
  }

  /** Runs one batch; the result's arrays belong to the caller. */
  async run(input: NetworkTensor): Promise<Readonly<Record<string, NetworkTensor>>> {
    const tensor = new this.#runtime.Tensor('float32', input.values, input.dims);
    const results = await this.#session.run({ [this.#session.inputNames[0]]: tensor });
    return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, networkTensor(value)]));
  }

  /** Runs a network that nothing is known of: ModelError MODEL_UNEXPECTED when it does not take the input. */
  async tryRun(input: NetworkTensor): Promise<Readonly<Record<string, NetworkTensor>>> {
    try {
      return await this.run(input);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw this.unexpected(`does not take (${input.dims.join(', ')}): ${reason}`);
    }
  }

  /** The error that says what is not as the network's kind has it. */
  unexpected(what: string): ModelError {
    return new ModelError('MODEL_UNEXPECTED', `the network ${this.name} ${what}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release();
  }
}

function networkTensor(tensor: OnnxRuntime.Tensor): NetworkTensor {
  return { values: tensor.data as Float32Array, dims: tensor.dims };
}

/**
 * Runs pictures through a network in batches of at most `batchSize`, `fill` writing the nth of them.
 *
 * `perResult(outputs, index in the batch, number in all)` is called in order.
 */
export async function runBatches<Result>(
  network: Network,
  count: number,
  batchSize: number,
  dims: readonly [number, number, number],
  fill: (target: Float32Array, offset: number, number: number) => void,
  perResult: (outputs: Readonly<Record<string, NetworkTensor>>, indexInBatch: number, number: number) => Result,
): Promise<Result[]> {
  const stride = dims[0] * dims[1] * dims[2];
  const results: Result[] = [];
  for (let start = 0; start < count; start += batchSize) {
    const size = Math.min(batchSize, count - start);
    const values = new Float32Array(size * stride);
    for (let n = 0; n < size; n++) fill(values, n * stride, start + n);
    const outputs = await network.run({ values, dims: [size, ...dims] });
    for (let n = 0; n < size; n++) results.push(perResult(outputs, n, start + n));
  }
  return results;
}
