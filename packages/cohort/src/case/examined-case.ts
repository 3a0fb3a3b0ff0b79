import { type HeadAnatomy } from '@efface/anatomy';
import { type KeepOut } from '@efface/deface';
import { type Scan } from '@efface/io';
import { type PersonDescription } from '@efface/reidentify';
import { type Volume } from '@efface/volume';

/** What every method starts from. */
export interface ExaminedCase {
  /** The image that plans are made on. */
  readonly scan: Scan;
  readonly anatomy: HeadAnatomy;
  readonly protectedVoxels: readonly KeepOut[];
  /** Those of `DRAWN_STRUCTURES` that are drawn, looked for once; throws as `drawnStructures` does. */
  readonly drawn: () => Promise<readonly KeepOut[]>;
  /**
   * What an image of the case shows of the patient before, by its place in the group; looked at once. Absent without
   * recognition.
   */
  readonly describe?: (image: number, volume: Volume) => Promise<PersonDescription>;
}
