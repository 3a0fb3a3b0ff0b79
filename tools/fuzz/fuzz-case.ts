import { type OpenOptions } from '@efface/io';
import { type Dice } from './dice.ts';

/** Stands wherever a patient could be named; no message and no name of an output may hold it. */
export const CANARY = 'CANARYPATIENT';

/** What is handed to efface, on disk. */
export interface FuzzInput {
  /** What was made, and what was done to it. */
  readonly what: readonly string[];
  /** File or folder that is opened. */
  readonly path: string;
  readonly options?: OpenOptions;
  /** Done after the headers were read and before the voxels are. */
  readonly meanwhile?: () => void;
}

/** How the inputs of one kind are made in an empty folder; `.path` lies in it. */
export type MakeInput<T extends FuzzInput = FuzzInput> = (dice: Dice, folder: string) => T;

/** Bytes with a few of them changed, cut, doubled or left out. */
export function damageBytes(dice: Dice, bytes: Buffer, what: string[], upTo = bytes.length): Buffer {
  const at = dice.int(Math.max(1, Math.min(bytes.length, upTo)));
  switch (dice.int(5)) {
    case 0: {
      what.push(`cut at byte ${at}`);
      return bytes.subarray(0, at);
    }
    case 1: {
      const count = dice.between(1, 40);
      what.push(`${count} bytes put in at ${at}`);
      return Buffer.concat([bytes.subarray(0, at), dice.bytes(count), bytes.subarray(at)]);
    }
    case 2: {
      const count = dice.between(1, 40);
      what.push(`${count} bytes left out at ${at}`);
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + count)]);
    }
    default: {
      const out = Buffer.from(bytes);
      const count = dice.between(1, 8);
      for (let n = 0; n < count && out.length > 0; n++) {
        const place = dice.int(Math.min(out.length, upTo));
        out[place] = dice.chance(0.5) ? out[place] ^ (1 << dice.int(8)) : dice.pick([0, 1, 0x7f, 0x80, 0xff]);
      }
      what.push(`${count} bytes changed`);
      return out;
    }
  }
}
