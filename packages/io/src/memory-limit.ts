import { totalmem } from 'node:os';

/** Memory this process can have at most, bytes: what its container or batch job allows, else what the machine has. */
export function memoryLimitBytes(): number {
  const allowed = process.constrainedMemory();
  // 0 where nobody says, and a number beyond all memory where there is no limit.
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
}
