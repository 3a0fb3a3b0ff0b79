import { type DispatchTiming } from '../backend.ts';

/** Queries of one set; WebGPU allows no more (§20.1). */
const QUERIES_PER_SET = 4096;

/** Begin and end times of dispatches, each in a compute pass of its own. */
export class TimestampRecorder {
  readonly #device: GPUDevice;
  readonly #sets: GPUQuerySet[] = [];
  readonly #labels: string[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Queries for the next dispatch. */
  next(label: string): GPUComputePassTimestampWrites {
    const index = (2 * this.#labels.length) % QUERIES_PER_SET;
    if (index === 0) this.#sets.push(this.#device.createQuerySet({ type: 'timestamp', count: QUERIES_PER_SET }));
    this.#labels.push(label);
    return {
      querySet: this.#sets[this.#sets.length - 1],
      beginningOfPassWriteIndex: index,
      endOfPassWriteIndex: index + 1,
    };
  }

  /** Reads all queries back and forgets them. The recorded work must have been submitted. */
  async take(): Promise<DispatchTiming[]> {
    const timings: DispatchTiming[] = [];
    for (const [n, querySet] of this.#sets.entries()) {
      const first = (n * QUERIES_PER_SET) / 2;
      const labels = this.#labels.slice(first, first + QUERIES_PER_SET / 2);
      const sizeBytes = 16 * labels.length;
      const resolve = this.#device.createBuffer({
        size: sizeBytes,
        usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
      });
      const staging = this.#device.createBuffer({
        size: sizeBytes,
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      });
      const encoder = this.#device.createCommandEncoder();
      encoder.resolveQuerySet(querySet, 0, 2 * labels.length, resolve, 0);
      encoder.copyBufferToBuffer(resolve, 0, staging, 0, sizeBytes);
      this.#device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      const times = new BigUint64Array(staging.getMappedRange());
      // A later end than begin is not promised (§20.1); a negative time would be nonsense in a table.
      labels.forEach((label, l) =>
        timings.push({ label, timeNs: Math.max(0, Number(times[2 * l + 1] - times[2 * l])) }),
      );
      staging.destroy();
      resolve.destroy();
      querySet.destroy();
    }
    this.#sets.length = 0;
    this.#labels.length = 0;
    return timings;
  }
}
