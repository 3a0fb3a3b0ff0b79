import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EffaceError } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { descriptorDistance } from './face-recogniser.ts';
import { openFaceNetworks } from './face-models.ts';
import { ModelError, Network } from './network.ts';

const noise = Uint8Array.from({ length: 64 }, (_, n) => (n * 73) & 255);
const sha256 = createHash('sha256').update(noise).digest('hex');

describe('Network.open', () => {
  it('says which file is missing and how to get it', async () => {
    const file = join(tmpdir(), 'efface-no-such-folder', 'face.onnx');
    const opening = Network.open({ name: 'face', file, sha256 }, []);
    await expect(opening).rejects.toThrow(ModelError);
    await expect(opening).rejects.toMatchObject({ code: 'MODEL_MISSING', exit: 'unavailable' });
    await expect(opening).rejects.toThrow(/face\.onnx.*npm run models/);
  });

  it('never runs other bytes than it was told', async () => {
    const opening = Network.open({ name: 'face', file: noise, sha256: '0'.repeat(64) }, []);
    await expect(opening).rejects.toMatchObject({ code: 'MODEL_HASH_MISMATCH', exit: 'unavailable' });
    await expect(opening).rejects.toThrow(sha256);
  });

  it('says when the bytes are as told and no network', async () => {
    const opening = Network.open({ name: 'face', file: noise, sha256 }, []);
    await expect(opening).rejects.toMatchObject({ code: 'MODEL_UNREADABLE' });
    await expect(opening).rejects.toBeInstanceOf(EffaceError);
  });
});

describe('openFaceNetworks', () => {
  it('says which network a folder lacks', async () => {
    await expect(openFaceNetworks(join(tmpdir(), 'efface-no-such-folder'))).rejects.toThrow('ssd-mobilenet-v1');
  });
});

describe('descriptorDistance', () => {
  it('is Euclidean or one minus the cosine', () => {
    const [a, b] = [Float32Array.of(3, 0), Float32Array.of(0, 4)];
    expect(descriptorDistance(a, b, 'euclidean')).toBe(5);
    expect(descriptorDistance(a, b, 'cosine')).toBe(1);
    expect(descriptorDistance(a, Float32Array.of(6, 0), 'cosine')).toBe(0);
    expect(descriptorDistance(a, Float32Array.of(-1, 0), 'cosine')).toBe(2);
    expect(() => descriptorDistance(a, new Float32Array(3), 'euclidean')).toThrow(RangeError);
  });
});
