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
  /** Those of these structures that are drawn; throws as `drawnStructures` does. */
  readonly drawn: (names: readonly string[]) => Promise<readonly KeepOut[]>;
  /**
   * What an image of the case shows of the patient before, by its place in the group; looked at once. Absent without
   * recognition.
   */
  readonly describe?: (image: number, volume: Volume) => Promise<PersonDescription>;
}
