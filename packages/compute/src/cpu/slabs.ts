import type { Cost } from '../kernel.ts';
import { BLOCK_BYTES, type Slabs } from './batch.ts';

/** Rough speed of a twin on one thread; decides only who runs the work and in what portions. */
const TWIN_BYTES_PER_NS = 4;
const TWIN_FLOPS_PER_NS = 1;
const MOVE_BYTES_PER_NS = 8;

/** Slabs per thread at most: enough that a slow last one costs a sixteenth. */
const SLABS_PER_THREAD = 16;

/** Estimated single-thread time of a twin. */
export function twinTimeNs({ readBytes, writeBytes, flops }: Cost): number {
  return (readBytes + writeBytes) / TWIN_BYTES_PER_NS + flops / TWIN_FLOPS_PER_NS;
}

/** Estimated single-thread time of a fill or a copy. */
export function moveTimeNs(sizeBytes: number): number {
  return sizeBytes / MOVE_BYTES_PER_NS;
}

/** Blocks of a fill or a copy. */
export function blocksOf(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BLOCK_BYTES);
}

/**
 * Cuts [0, units) so that a slab takes about `slabNs` or more, no more than SLABS_PER_THREAD for each thread, and work
 * worth less than two slabs stays whole.
 */
export function cutIntoSlabs(units: number, timeNs: number, threads: number, slabNs: number): Slabs {
  const worthwhile = slabNs > 0 ? Math.floor(timeNs / slabNs) : units;
  const wanted = Math.max(1, Math.min(units, worthwhile, threads * SLABS_PER_THREAD));
  const unitsPerSlab = Math.max(1, Math.ceil(units / wanted));
  return { units, unitsPerSlab, slabs: Math.ceil(units / unitsPerSlab) };
}
