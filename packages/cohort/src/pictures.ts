import { type HeadAnatomy } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { type Alteration, alterVoxels, encodePng, writeOutput } from '@efface/io';
import { type RenderedView, renderViews, STANDARD_VIEWS } from '@efface/reidentify';
import {
  contactSheet, displayWindow, drawSlice, extentMm, orthogonalPlanes, type Picture, pictureFromGrey,
} from '@efface/report'; // prettier-ignore
import { add, allocateVoxels, ijkToLps, type Mask, scale, spacingMm, type Vec3, type Volume } from '@efface/volume';

const RENDER_PX = 512;
const SLICE_PX = 384;
/** The middle of the head lies below and in front of the middle of the brain, so that the chin is in the picture. */
const BELOW_BRAIN_MM = 30;
const BEFORE_BRAIN_MM = 10;
const LIGHT = { yawDegrees: 20, pitchDegrees: 30 } as const;

/**
 * Gaussian before rendering, mm. CT has sharp, clean skin: just enough to take the steps off it. Elsewhere noise and
 * thick voxels need more: 1.8 mm at 2 mm voxels, where faces were told apart best, and 1 mm at least.
 */
export function renderSmoothingMm(volume: Volume): number {
  if (volume.unit === 'HU') return 0.7;
  return Math.min(1.8, Math.max(1, 0.9 * Math.min(...spacingMm(volume.grid))));
}

/** A copy of the volume with the alteration applied, to look at. */
export function alteredVolume(volume: Volume, alteration: Alteration): Volume {
  const voxels = allocateVoxels(volume.type, volume.voxels.length);
  voxels.set(volume.voxels as never);
  alterVoxels(alteration, 0, 0, voxels);
  return { ...volume, voxels };
}

/** Renders a head as the pictures of a case show it. */
export function renderHead(
  backend: Backend,
  volume: Volume,
  anatomy: Pick<HeadAnatomy, 'frame' | 'skinThresholdReal'>,
): Promise<RenderedView[]> {
  const { frame } = anatomy;
  const down = scale(frame.superiorLps, -BELOW_BRAIN_MM);
  const ahead = scale(frame.posteriorLps, -BEFORE_BRAIN_MM);
  return renderViews(backend, {
    volume,
    thresholdReal: anatomy.skinThresholdReal,
    frame: { ...frame, originLps: add(frame.originLps, add(down, ahead)) },
    views: STANDARD_VIEWS,
    sizePx: RENDER_PX,
    smoothMm: renderSmoothingMm(volume),
    light: LIGHT,
  });
}

function toPicture(view: RenderedView): Picture {
  return pictureFromGrey(view.widthPx, view.heightPx, view.grey);
}

/** The bytes of a PNG file. */
export function pngOf({ widthPx, heightPx, rgb }: Picture): Uint8Array {
  return encodePng({ width: widthPx, height: heightPx, channels: 3, samples: rgb });
}

/**
 * Writes the pictures of a case: `renders.png` (before above, after below), each view of both as a file of its own, and
 * `slices.png` (axial and coronal cut through the middle of the altered tissue, sagittal through that of the head, the altered region
 * outlined in red).
 * `place` gives the path for a name. These pictures show the original face.
 */
export async function writePictures(
  backend: Backend,
  volume: Volume,
  alteration: Alteration,
  anatomy: HeadAnatomy,
  place: (name: string) => Promise<string>,
): Promise<void> {
  const before = await renderHead(backend, volume, anatomy);
  const after = await renderHead(backend, alteredVolume(volume, alteration), anatomy);
  for (const [moment, views] of [
    ['before', before],
    ['after', after],
  ] as const)
    // prettier-ignore
    for (const view of views) await writeOutput(await place(`${moment}-${view.name}.png`), pngOf(toPicture(view)));
  await writeOutput(
    await place('renders.png'),
    pngOf(contactSheet([...before, ...after].map(toPicture), before.length)),
  );
  await writeOutput(await place('slices.png'), pngOf(outlinedSlices(volume, alteration, anatomy)));
}

function outlinedSlices(volume: Volume, { mask }: Alteration, { frame, skinThresholdReal }: HeadAnatomy): Picture {
  const window = displayWindow(volume);
  const centre = frame.originLps;
  const extent = Math.min(extentMm(volume.grid, centre), 320);
  const [x, y, z] = centre;
  const [, alteredY, alteredZ] = middleOf(volume, mask, skinThresholdReal) ?? centre;
  const planes = [
    orthogonalPlanes([x, y, alteredZ]).axial,
    orthogonalPlanes([x, alteredY, z]).coronal,
    orthogonalPlanes(centre).sagittal,
  ];
  return contactSheet(
    planes.map((plane) => drawSlice(volume, mask, plane, window, SLICE_PX, extent)),
    3,
  );
}

/** Centroid of the tissue in a mask, LPS mm; undefined where there is none. Air that is altered with it lies far in front. */
export function middleOf({ voxels, rescale, grid }: Volume, mask: Mask, thresholdReal: number): Vec3 | undefined {
  const [ni, nj, nk] = grid.sizeIjk;
  let [sumI, sumJ, sumK, count] = [0, 0, 0, 0];
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++) {
      const row = k * nj + j;
      for (let w = 0; w < mask.wordsPerRow; w++)
        for (let bits = mask.words[row * mask.wordsPerRow + w] >>> 0; bits !== 0; bits = (bits & (bits - 1)) >>> 0) {
          const i = 32 * w + 31 - Math.clz32(bits & -bits);
          if (Number(voxels[row * ni + i]) * rescale.slopePerK[k] + rescale.interceptPerK[k] < thresholdReal) continue;
          sumI += i;
          sumJ += j;
          sumK += k;
          count++;
        }
    }
  return count === 0 ? undefined : ijkToLps(grid, [sumI / count, sumJ / count, sumK / count]);
}
