import { type Backend } from './backend.ts';
import { DeviceLostError } from './errors.ts';

/**
 * Runs work on a backend that `open` makes, and closes it. When the device is lost on the way the work starts again,
 * once, on a new device; so `work` must be repeatable and keep no buffer of the first. Throws DeviceLostError when the
 * second is lost too.
 */
export async function withBackend<T>(open: () => Promise<Backend>, work: (backend: Backend) => Promise<T>): Promise<T> {
  try {
    await using backend = await open();
    return await work(backend);
  } catch (error) {
    if (!(error instanceof DeviceLostError)) throw error;
  }
  await using backend = await open();
  return await work(backend);
}
