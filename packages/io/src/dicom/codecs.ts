import { createRequire } from 'node:module';
import { EffaceError } from '@efface/volume';
import type { PixelFormat } from './instance.ts';
import type { PixelCoding } from './transfer-syntax.ts';

/** Codings other than native. */
export type CompressedCoding = Exclude<PixelCoding, 'native'>;

/** One grey frame, compressed and not. Bytes of uncompressed frames are little-endian, rows from the top. */
export interface FrameCodec {
  /** Throws an Error in the library's words when the bytes are no such stream. */
  decode(coding: CompressedCoding, encoded: Uint8Array, format: PixelFormat): Uint8Array;
  /** Lossless. The caller decodes again and compares before it trusts the bytes. */
  encode(coding: CompressedCoding, frame: Uint8Array, format: PixelFormat): Uint8Array;
}

let loading: Promise<FrameCodec> | undefined;

/**
 * The codecs, loaded once and only when a compressed image asks for them: a 4 MB WebAssembly module. The package and
 * its `.wasm` are found in node_modules; a bundle leaves them outside.
 * @throws CodecsMissingError
 */
export function loadCodecs(): Promise<FrameCodec> {
  loading ??= load().catch((cause: unknown) => {
    loading = undefined;
    throw new CodecsMissingError(cause);
  });
  return loading;
}

let turn: Promise<unknown> = Promise.resolve();

/**
 * Runs a step on the codecs, one after the other: they share a memory. After a step that throws they are loaded anew,
 * because a stream that is damaged can leave that memory so that good ones fail.
 * @throws what `work` throws, CodecsMissingError
 */
export function withCodecs<T>(work: (codecs: FrameCodec) => T): Promise<T> {
  const own = turn.then(async () => {
    const codecs = await loadCodecs();
    try {
      return work(codecs);
    } catch (error) {
      renewCodecs();
      throw error;
    }
  });
  turn = own.catch(() => undefined);
  return own;
}

/** The next step gets codecs with a memory of their own: nothing of one series reaches another. */
export function renewCodecs(): void {
  loading = undefined;
}

/** The package of the codecs cannot be loaded. */
export class CodecsMissingError extends EffaceError {
  constructor(cause: unknown) {
    super(
      'DICOM_CODECS_MISSING',
      'unavailable',
      'compressed DICOM needs the npm package dcmjs-codecs, which cannot be loaded here; install it beside efface, or ' +
        'convert the images to Explicit VR Little Endian first',
      { cause },
    );
  }
}

async function load(): Promise<FrameCodec> {
  const { default: library } = await import('dcmjs-codecs');
  const { Context, NativeCodecs } = library;
  const webAssemblyModulePathOrUrl = createRequire(import.meta.url).resolve(
    'dcmjs-codecs/build/dcmjs-native-codecs.wasm',
  );
  await NativeCodecs.initializeAsync({ webAssemblyModulePathOrUrl });
  const attributes = (format: PixelFormat): ConstructorParameters<typeof Context>[0] => ({
    width: format.columns,
    height: format.rows,
    bitsAllocated: Number(format.type.slice(1)),
    bitsStored: format.bitsStored,
    samplesPerPixel: 1,
    pixelRepresentation: format.type.startsWith('i') ? 1 : 0,
    planarConfiguration: 0,
    photometricInterpretation: 'MONOCHROME2',
  });
  type Context = InstanceType<typeof library.Context>;
  const codecs: Record<CompressedCoding, { decode(c: Context): Context; encode(c: Context): Context }> = {
    rle: { decode: (c) => NativeCodecs.decodeRle(c), encode: (c) => NativeCodecs.encodeRle(c) },
    jpeg: {
      decode: (c) => NativeCodecs.decodeJpeg(c),
      encode: (c) => NativeCodecs.encodeJpeg(c, { lossy: false, predictor: 1, pointTransform: 0 }),
    },
    jpegLs: {
      decode: (c) => NativeCodecs.decodeJpegLs(c),
      encode: (c) => NativeCodecs.encodeJpegLs(c, { lossy: false }),
    },
    jpeg2000: {
      decode: (c) => NativeCodecs.decodeJpeg2000(c),
      encode: (c) => NativeCodecs.encodeJpeg2000(c, { lossy: false }),
    },
    htj2k: {
      decode: (c) => NativeCodecs.decodeHtJpeg2000(c),
      encode: (c) => NativeCodecs.encodeHtJpeg2000(c, { lossy: false }),
    },
  };
  return {
    decode(coding, encoded, format) {
      const decoded = codecs[coding].decode(new Context({ ...attributes(format), encodedBuffer: encoded }));
      return present(decoded.getDecodedBuffer());
    },
    encode(coding, frame, format) {
      const encoded = codecs[coding].encode(new Context({ ...attributes(format), decodedBuffer: frame }));
      return present(encoded.getEncodedBuffer());
    },
  };
}

function present(bytes: Uint8Array | undefined): Uint8Array {
  if (!bytes) throw new Error('the codec returned nothing');
  return bytes;
}
