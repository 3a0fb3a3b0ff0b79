import { EffaceError } from '@efface/volume';

/** A launch that does not fit its kernel, or a shader that does not compile; the message has the WGSL diagnostics. */
export class KernelError extends EffaceError {
  constructor(message: string, options?: ErrorOptions) {
    super('KERNEL_INVALID', 'internal', message, options);
  }
}

/** A kernel, or one launch of it, that a backend has no way to run: gpu.js runs the kernels that have a form for it. */
export class KernelUnsupportedError extends EffaceError {
  constructor(message: string, options?: ErrorOptions) {
    super('KERNEL_UNSUPPORTED', 'unavailable', message, options);
  }
}

/** No adapter, or the one asked for is not there. */
export class BackendUnavailableError extends EffaceError {
  constructor(message: string, options?: ErrorOptions) {
    super('BACKEND_UNAVAILABLE', 'unavailable', message, options);
  }
}

/** The device was lost while work was on it. `withBackend` starts again once on a new device. */
export class DeviceLostError extends EffaceError {
  constructor(message: string, options?: ErrorOptions) {
    super('DEVICE_LOST', 'unavailable', message, options);
  }
}

/** The work needs more memory than the device has. */
export class DeviceMemoryError extends EffaceError {
  constructor(message: string, options?: ErrorOptions) {
    super('DEVICE_OUT_OF_MEMORY', 'unavailable', message, options);
  }
}
