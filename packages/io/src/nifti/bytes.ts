/** True when this machine stores the low byte first. */
export const IS_LITTLE_ENDIAN_HOST = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * Reverses the bytes of every element, in place.
 * @param bytes starts at a multiple of `size` in its buffer and holds whole elements
 * @param size bytes of one element: 1 (nothing to do), 2, 4 or 8
 */
export function swapBytes(bytes: Uint8Array, size: number): void {
  const { buffer, byteOffset, byteLength } = bytes;
  if (size === 2) {
    const v = new Uint16Array(buffer, byteOffset, byteLength / 2);
    for (let n = 0; n < v.length; n++) v[n] = (v[n] << 8) | (v[n] >>> 8);
  } else if (size === 4) {
    const v = new Uint32Array(buffer, byteOffset, byteLength / 4);
    for (let n = 0; n < v.length; n++) v[n] = swap32(v[n]);
  } else if (size === 8) {
    const v = new Uint32Array(buffer, byteOffset, byteLength / 4);
    for (let n = 0; n < v.length; n += 2) {
      const first = swap32(v[n]);
      v[n] = swap32(v[n + 1]);
      v[n + 1] = first;
    }
  }
}

function swap32(x: number): number {
  return (x << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24);
}
