import type { OpenOptions, Study } from './scan.ts';

/** Bytes of a file that are shown to `ImageFormat.claims`. */
export const START_BYTES = 1024;

/** One file format that images are read from. */
export interface ImageFormat {
  /** What users call it. */
  readonly name: string;
  /**
   * Is this file of this format, at least by what it claims to be? A damaged file is claimed, so that the format can
   * say what is wrong with it.
   * @param start its first START_BYTES bytes, fewer when it is shorter
   */
  claims(path: string, start: Uint8Array): boolean | Promise<boolean>;
  /** The images in the files that were claimed. Damaged and refused ones are entries with a refusal, never thrown. */
  openFiles(paths: readonly string[], options: OpenOptions): Promise<Study>;
}
