import { paramLength, paramScalar } from '../launch.ts';
import { type ParamField, type ParamValues } from '../kernel.ts';

/**
 * Writes parameters at `offsetBytes` in the layout reflected from the shader (WGSL §14.4: vec3 aligned to 16, columns
 * of mat3x4 and mat4x4 are vec4). Values have been checked by `resolveLaunch`.
 */
export function packParams(
  fields: readonly ParamField[],
  values: ParamValues,
  view: DataView,
  offsetBytes: number,
): void {
  for (const { name, type, offsetBytes: fieldOffset } of fields) {
    const value = values[name];
    const scalar = paramScalar(type);
    for (let n = 0; n < paramLength(type); n++) {
      const at = offsetBytes + fieldOffset + 4 * n;
      const element = typeof value === 'number' ? value : value[n];
      if (scalar === 'u32') view.setUint32(at, element, true);
      else if (scalar === 'i32') view.setInt32(at, element, true);
      else view.setFloat32(at, element, true);
    }
  }
}

/** Bytes between slots: the largest uniform offset alignment a device may ask for (WebGPU §3.6.2). */
const SLOT_ALIGNMENT = 256;

/**
 * One uniform buffer for the parameters of all recorded launches. Slots are handed out in order, uploaded together
 * before the submit, and all free again after it.
 */
export class ParamsArena {
  readonly buffer: GPUBuffer;
  readonly #queue: GPUQueue;
  readonly #staging: ArrayBuffer;
  readonly #view: DataView;
  #usedBytes = 0;

  constructor(device: GPUDevice, sizeBytes = 1 << 18) {
    this.buffer = device.createBuffer({
      label: 'params-arena',
      size: sizeBytes,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    this.#queue = device.queue;
    this.#staging = new ArrayBuffer(sizeBytes);
    this.#view = new DataView(this.#staging);
  }

  /** Is there a slot of this size before the next submit? */
  fits(sizeBytes: number): boolean {
    return this.#usedBytes + sizeBytes <= this.#staging.byteLength;
  }

  /** Writes parameters into the next slot and returns its offset. The caller has asked `fits`. */
  add(fields: readonly ParamField[], sizeBytes: number, values: ParamValues): number {
    const offset = this.#usedBytes;
    packParams(fields, values, this.#view, offset);
    this.#usedBytes = Math.ceil((offset + sizeBytes) / SLOT_ALIGNMENT) * SLOT_ALIGNMENT;
    return offset;
  }

  /** Uploads what was added; to be called right before the submit. */
  upload(): void {
    if (this.#usedBytes > 0) this.#queue.writeBuffer(this.buffer, 0, this.#staging, 0, this.#usedBytes);
    this.#usedBytes = 0;
  }
}
