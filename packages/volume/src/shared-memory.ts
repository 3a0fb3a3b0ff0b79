/** Ballast above this adds nothing: it is many times what makes the collector look. */
const MAX_BALLAST_BYTES = 2 ** 28;

/** Weight is put on in portions of this: a smaller plain buffer may come from used pages, which are zeroed one by one. */
const MIN_BALLAST_BYTES = 2 ** 26;

/** Weight that has not been put on yet. */
let owedBytes = 0;

/**
 * Zeroed shared memory that the garbage collector knows the weight of. V8 counts the bytes of a SharedArrayBuffer for
 * no thread, so that a process which reads one volume after another would grow until the machine is full.
 */
export function allocateShared(sizeBytes: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(sizeBytes);
  weighShared(sizeBytes);
  return memory;
}

/**
 * Tells the collector of this thread that it holds a reference to `sizeBytes` of shared memory: called by
 * `allocateShared`, and by a thread that is sent shared memory. It does so with a plain buffer of that size which is
 * dropped at once. The buffer is counted, but its pages are never touched and so never exist.
 */
export function weighShared(sizeBytes: number): void {
  owedBytes += sizeBytes;
  if (owedBytes < MIN_BALLAST_BYTES) return;
  const ballastBytes = Math.min(owedBytes, MAX_BALLAST_BYTES);
  owedBytes = 0;
  try {
    new ArrayBuffer(ballastBytes);
  } catch {
    // No address space for it: allocating has made the collector run already.
  }
}
