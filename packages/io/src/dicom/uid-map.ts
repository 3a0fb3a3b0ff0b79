import { createHmac, randomBytes } from 'node:crypto';

/**
 * New UIDs for old ones, the same new one for the same old one. One map serves a whole study, so that series and
 * references stay together. UIDs are UUIDs under 2.25 (PS3.5 annex B.2): without a key random, with a key derived by
 * HMAC-SHA256, so that a later run with the same key gives the same ones and nobody without it can go back.
 */
export class UidMap {
  readonly #key: Uint8Array | string | undefined;
  readonly #byOld = new Map<string, string>();

  constructor(key?: Uint8Array | string) {
    if (key?.length === 0) throw new RangeError('the key of new UIDs is empty');
    this.#key = key;
  }

  /** The new UID in the place of `old`. */
  map(old: string): string {
    const known = this.#byOld.get(old);
    if (known !== undefined) return known;
    const bytes =
      this.#key === undefined
        ? randomBytes(16)
        : createHmac('sha256', this.#key).update(old, 'latin1').digest().subarray(0, 16);
    const made = uidFromUuid(bytes, this.#key === undefined ? 4 : 8);
    this.#byOld.set(old, made);
    return made;
  }
}

/** '2.25.' and the UUID as an integer. Version 4 is random, 8 is the vendor's own rule (RFC 9562 section 5). */
function uidFromUuid(bytes: Uint8Array, version: 4 | 8): string {
  const uuid = Buffer.from(bytes);
  uuid[6] = (uuid[6] & 0x0f) | (version << 4);
  uuid[8] = (uuid[8] & 0x3f) | 0x80;
  return `2.25.${BigInt(`0x${uuid.toString('hex')}`)}`;
}
