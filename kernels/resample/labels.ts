import {
  type Backend,
  bytesOfFormat,
  type DeviceBuffer,
  type DeviceVolume,
  volumeArguments,
  VOXEL_FORMATS,
} from '@efface/compute';
import { type GridPair, mapParams, perMm } from './index-map.ts';
import { resampleLabel } from './resample-label.ts';

/** What labels to bring to which grid. */
export interface ResampleLabelsRequest extends GridPair {
  /** u8 or u16. */
  readonly source: DeviceVolume;
  /** As in ResampleRequest. */
  readonly displacementMm?: DeviceBuffer;
  /** Label of target voxels whose centre is more than half a voxel outside the outer source centres. Default 0. */
  readonly outsideLabel?: number;
}

/**
 * Labels on another grid, packed like the source's: each voxel gets the label with the largest trilinear weight among the
 * eight around it (as ITK's LabelImageGenericInterpolateImageFunction with a linear kernel), the smallest of several.
 * Borders between labels come out smoother than from the nearest voxel, and no label appears that is not there. The
 * caller owns the volume. Throws RangeError for a source that is not u8 or u16 or has several chunks.
 */
export function resampleLabels(backend: Backend, request: ResampleLabelsRequest): DeviceVolume {
  const { source, displacementMm, outsideLabel = 0, targetGrid } = request;
  const { format, sizeIjk: sourceSizeIjk } = source;
  if (format !== 'u8' && format !== 'u16') throw new RangeError(`labels are u8 or u16, not ${format}`);
  const { params, fractionBits } = mapParams(request);
  const { sizeIjk } = targetGrid;
  const sizeBytes = sizeIjk[0] * sizeIjk[1] * sizeIjk[2] * bytesOfFormat(VOXEL_FORMATS[format]);
  const dst = backend.createBuffer('resample-labels', 4 * Math.ceil(sizeBytes / 4));
  const { buffers, constants } = volumeArguments(source);
  const noDisplacement = backend.createBuffer('resample-labels/no-displacement', 4);
  backend.dispatch(resampleLabel, {
    params: { ...params, ...perMm(request.sourceGrid, fractionBits), sourceSizeIjk, outsideLabel },
    constants: { ...constants, FRACTION_BITS: fractionBits, HAS_DISPLACEMENT: displacementMm === undefined ? 0 : 1 },
    buffers: { ...buffers, displacement: displacementMm ?? noDisplacement, dst },
  });
  backend.release(noDisplacement);
  return { sizeIjk, format, chunks: [dst], chunkWords: 0xffffffff };
}
