import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTfjsWeights, weightOf } from './tfjs-weights.ts';

const float = { name: 'a/float', shape: [2], dtype: 'float32' };
const coded = { name: 'b/coded', shape: [3], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.1, min: -1 } };

describe('readTfjsWeights', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'efface-weights-'));
    // Eleven bytes in two shards that do not end where weights end.
    const bytes = new Uint8Array(11);
    new DataView(bytes.buffer).setFloat32(0, 0.75, true);
    new DataView(bytes.buffer).setFloat32(4, -1e-20, true);
    bytes.set([0, 128, 255], 8);
    writeFileSync(join(folder, 'shard1'), bytes.subarray(0, 3));
    writeFileSync(join(folder, 'shard2'), bytes.subarray(3));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const manifest = (weights: readonly object[]): string => {
    const path = join(folder, 'manifest.json');
    writeFileSync(path, JSON.stringify([{ paths: ['shard1', 'shard2'], weights }]));
    return path;
  };

  it('joins shards, and maps 8 bits to value · scale + min', () => {
    const weights = readTfjsWeights(manifest([float, coded]));
    expect([...weightOf(weights, 'a/float', [2])]).toEqual([0.75, Math.fround(-1e-20)]);
    expect([...weightOf(weights, 'b/coded', [3])]).toEqual([-1, 128 * 0.1 - 1, 255 * 0.1 - 1].map(Math.fround));
    expect(() => weightOf(weights, 'c', [1])).toThrow('hold no c');
    expect(() => weightOf(weights, 'a/float', [1, 2])).toThrow('expected 1×2');
  });

  it('refuses shards that are too short or too long, and types it does not know', () => {
    expect(() => readTfjsWeights(manifest([float, { ...coded, shape: [4] }]))).toThrow('end in b/coded');
    expect(() => readTfjsWeights(manifest([float]))).toThrow('11 bytes, the manifest describes 8');
    expect(() => readTfjsWeights(manifest([{ ...float, dtype: 'complex64' }]))).toThrow('complex64');
  });
});
