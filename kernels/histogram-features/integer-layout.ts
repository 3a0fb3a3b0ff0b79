import { type DeviceFormat } from '@efface/compute';

/** Stored integers that are counted value by value. */
export type IntegerFormat = Exclude<DeviceFormat, 'f32'>;

/** How a stored integer becomes the number of its bin: its bits xor `signBit`, so that bins are in order from 0. */
export interface IntegerLayout {
  readonly valueBits: 8 | 16;
  readonly signBit: number;
}

/** VALUE_BITS and sign_bit of the histogram for each format. The stored value of bin b is b − signBit. */
export const INTEGER_LAYOUTS: Readonly<Record<IntegerFormat, IntegerLayout>> = {
  u8: { valueBits: 8, signBit: 0 },
  i8: { valueBits: 8, signBit: 0x80 },
  u16: { valueBits: 16, signBit: 0 },
  i16: { valueBits: 16, signBit: 0x8000 },
};
