import type { CpuBuffer } from '../kernel.ts';

/** Size on a device: whole 4-byte words. */
export function paddedBytes(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 4) * 4;
}

/** The bytes [offsetBytes, offsetBytes + sizeBytes) under every element type; `offsetBytes` is a multiple of 4. */
export function cpuBufferOf(memory: ArrayBufferLike, offsetBytes: number, sizeBytes: number): CpuBuffer {
  const buffer = memory as ArrayBuffer;
  const halves = Math.floor(sizeBytes / 2);
  const words = Math.floor(sizeBytes / 4);
  return {
    u8: new Uint8Array(buffer, offsetBytes, sizeBytes),
    i8: new Int8Array(buffer, offsetBytes, sizeBytes),
    u16: new Uint16Array(buffer, offsetBytes, halves),
    i16: new Int16Array(buffer, offsetBytes, halves),
    u32: new Uint32Array(buffer, offsetBytes, words),
    i32: new Int32Array(buffer, offsetBytes, words),
    f32: new Float32Array(buffer, offsetBytes, words),
  };
}
