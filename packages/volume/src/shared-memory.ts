/** Ballast above this adds nothing: it is many times what makes the collector look. */
const MAX_BALLAST_BYTES = 2 ** 28;

/** Blocks below this are not worth a collection. */
const MIN_BALLAST_BYTES = 2 ** 20;

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
  if (sizeBytes < MIN_BALLAST_BYTES) return;
  try {
    new ArrayBuffer(Math.min(sizeBytes, MAX_BALLAST_BYTES));
  } catch {
    // No address space for it: allocating has made the collector run already.
  }
}
