import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { UidMap } from './uid-map.ts';

/** The 128 bits behind a UID under 2.25. */
function bitsOf(uid: string): string {
  expect(uid).toMatch(/^2\.25\.(0|[1-9][0-9]*)$/);
  expect(uid.length).toBeLessThanOrEqual(64);
  return BigInt(uid.slice('2.25.'.length)).toString(16).padStart(32, '0');
}

describe('UidMap', () => {
  it('gives one new UID for one old one', () => {
    const map = new UidMap();
    expect(map.map('1.2.3')).toBe(map.map('1.2.3'));
    expect(map.map('1.2.3')).not.toBe(map.map('1.2.4'));
  });

  it('makes random UUIDs (version 4, variant 10) without a key', () => {
    expect(bitsOf(new UidMap().map('1.2.3'))).toMatch(/^.{12}4.{3}[89ab]/);
    expect(new UidMap().map('1.2.3')).not.toBe(new UidMap().map('1.2.3'));
  });

  it('derives them by HMAC-SHA256 with a key', () => {
    const hmac = createHmac('sha256', 'secret').update('1.2.3').digest('hex');
    const bits = bitsOf(new UidMap('secret').map('1.2.3'));
    // All but the 4 bits of the version and the 2 of the variant.
    expect(bits.slice(0, 12)).toBe(hmac.slice(0, 12));
    expect(bits[12]).toBe('8');
    expect(bits.slice(13, 16)).toBe(hmac.slice(13, 16));
    expect(bits[16]).toMatch(/[89ab]/);
    expect(bits.slice(17)).toBe(hmac.slice(17, 32));
    expect(new UidMap(Buffer.from('secret')).map('1.2.3')).toBe(new UidMap('secret').map('1.2.3'));
    expect(new UidMap('other').map('1.2.3')).not.toBe(new UidMap('secret').map('1.2.3'));
  });

  it('refuses an empty key', () => {
    expect(() => new UidMap('')).toThrow(RangeError);
  });
});
