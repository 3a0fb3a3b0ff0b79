import { type FileHandle } from 'node:fs/promises';
import { createGunzip, type Gunzip } from 'node:zlib';
import { inputErrorFrom, systemErrorCode } from '../input-errors.ts';
import { openRegular } from '../input-files.ts';
import { NiftiError } from './errors.ts';

/** One system call never asks for more (Linux stops at 2 GiB − 4 KiB anyway). */
const READ_BYTES = 2 ** 23;

/** Reads under way at once: fresh memory is mapped page by page inside the call, and that can be done on two cores. */
const READS_AT_ONCE = 2;

/** Pieces in which decompressed bytes arrive; two are under way while one is copied. */
const INFLATE_BYTES = 2 ** 20;

/** Deflate never shrinks more than this (zlib's "Technical Details": 1032:1). */
const MAX_INFLATION = 1032;

/** The bytes of a file in order, decompressed when it is gzip. Close it when done. */
export interface ByteSource {
  readonly isGzip: boolean;
  /** No file of this length can hold more bytes than this once decompressed. */
  readonly maxBytes: number;
  /**
   * Fills `target` from the current position; returns how many bytes there were before the end. `onPiece` gets the
   * pieces of `target` in order as they are filled, while the next ones are still being read.
   */
  read(target: Uint8Array, onPiece?: (piece: Uint8Array) => void): Promise<number>;
  close(): Promise<void>;
}

/**
 * Opens a regular file. Symbolic links are followed; folders, pipes and devices are refused.
 * @throws InputNotFoundError when it cannot be opened or is no regular file
 */
export async function openSource(path: string): Promise<ByteSource> {
  const handle = await openRegular(path);
  try {
    const { size } = await handle.stat();
    const start = new Uint8Array(2);
    const { bytesRead } = await handle.read(start, 0, 2, 0);
    const isGzip = bytesRead === 2 && start[0] === 0x1f && start[1] === 0x8b;
    return isGzip ? new GzipSource(path, handle, size) : new PlainSource(path, handle, size);
  } catch (error) {
    await handle.close();
    throw inputErrorFrom(error, path);
  }
}

class PlainSource implements ByteSource {
  readonly isGzip = false;
  readonly maxBytes: number;
  readonly #path: string;
  readonly #handle: FileHandle;
  #position = 0;

  constructor(path: string, handle: FileHandle, size: number) {
    this.#path = path;
    this.#handle = handle;
    this.maxBytes = size;
  }

  async read(target: Uint8Array, onPiece?: (piece: Uint8Array) => void): Promise<number> {
    const pieces: { readonly bytes: Uint8Array; readonly filled: Promise<number> }[] = [];
    let started = 0;
    let filled = 0;
    const start = (): void => {
      while (pieces.length < READS_AT_ONCE && started < target.length) {
        const bytes = target.subarray(started, started + READ_BYTES);
        pieces.push({ bytes, filled: this.#fill(bytes, this.#position + started) });
        started += bytes.length;
      }
    };
    try {
      for (start(); pieces.length > 0; start()) {
        const { bytes, filled: pending } = pieces[0];
        const bytesRead = await pending;
        pieces.shift();
        filled += bytesRead;
        start();
        onPiece?.(bytes.subarray(0, bytesRead));
        if (bytesRead < bytes.length) break;
      }
    } catch (error) {
      throw inputErrorFrom(error, this.#path);
    } finally {
      await Promise.allSettled(pieces.map((piece) => piece.filled));
    }
    this.#position += filled;
    return filled;
  }

  /** Reads may come back short before the end of the file; only 0 bytes is the end. */
  async #fill(bytes: Uint8Array, position: number): Promise<number> {
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await this.#handle.read(bytes, filled, bytes.length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

class GzipSource implements ByteSource {
  readonly isGzip = true;
  readonly maxBytes: number;
  readonly #path: string;
  readonly #gunzip: Gunzip;
  readonly #input: ReturnType<FileHandle['createReadStream']>;
  readonly #pieces: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(path: string, handle: FileHandle, size: number) {
    this.#path = path;
    this.maxBytes = size * MAX_INFLATION;
    this.#input = handle.createReadStream({ start: 0, highWaterMark: INFLATE_BYTES });
    const options = { chunkSize: INFLATE_BYTES, readableHighWaterMark: 2 * INFLATE_BYTES };
    this.#gunzip = createGunzip(options);
    this.#input.on('error', (error) => this.#gunzip.destroy(error));
    this.#input.pipe(this.#gunzip);
    this.#pieces = this.#gunzip[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async read(target: Uint8Array, onPiece?: (piece: Uint8Array) => void): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      if (this.#rest.length === 0) {
        const next = await this.#next();
        if (next === undefined) break;
        this.#rest = next;
      }
      const taken = this.#rest.subarray(0, target.length - filled);
      target.set(taken, filled);
      onPiece?.(taken);
      filled += taken.length;
      this.#rest = this.#rest.subarray(taken.length);
    }
    return filled;
  }

  async #next(): Promise<Buffer | undefined> {
    try {
      const result = await this.#pieces.next();
      return result.done === true ? undefined : result.value;
    } catch (error) {
      const code = systemErrorCode(error) ?? '';
      if (code === 'Z_BUF_ERROR')
        throw new NiftiError('NIFTI_TRUNCATED', this.#path, 'the gzip stream ends early; copy the file again', {
          cause: error,
        });
      if (code.startsWith('Z_') || code === 'ERR_TRAILING_JUNK_AFTER_STREAM_END')
        throw new NiftiError('NIFTI_GZIP_DAMAGED', this.#path, 'the gzip stream is damaged; copy the file again', {
          cause: error,
        });
      throw inputErrorFrom(error, this.#path);
    }
  }

  async close(): Promise<void> {
    this.#gunzip.destroy();
    this.#input.destroy();
    await new Promise<void>((resolve) => {
      if (this.#input.closed) resolve();
      else this.#input.once('close', resolve);
    });
  }
}
