import type { HeadAnatomy } from '@efface/anatomy';
import type { Backend } from '@efface/compute';
import type { OpenOptions } from '@efface/io';
import { type RenderFrame, sweepSurfaces, undoSurfaces } from '@efface/reidentify';
import type { Volume } from '@efface/volume';
import { leakProbes } from './leak.ts';

/**
 * Where else an attacker looks for a face than in the skin where it usually is: `sweep`, the skin at other values; `undo`,
 * surfaces inside what may be a fill; `leak`, what else lies in the head's study.
 */
export const PROBES = ['sweep', 'undo', 'leak'] as const;
export type Probe = (typeof PROBES)[number];

/** A surface to look at and how. */
export interface ProbedSurface {
  /** Surfaces of one name are looked at as one: the attacker takes what fits best. */
  readonly name: string;
  readonly volume: Volume;
  readonly thresholdReal: number;
  readonly smoothMm: number;
  readonly frame: RenderFrame;
}

/** What could not be looked at, and why. */
export interface ProbeFailure {
  readonly name: string;
  readonly failure: { readonly code: string; readonly message: string };
}

/** A head that was looked at, and where. */
export interface ProbedHead {
  readonly path: string;
  readonly volume: Volume;
  readonly anatomy: HeadAnatomy;
  readonly thresholdReal: number;
  readonly smoothMm: number;
}

/** The surfaces of a probe, one after the other: an attacker needs one volume at a time. */
export async function* probedSurfaces(
  backend: Backend,
  probe: Probe,
  head: ProbedHead,
  open?: OpenOptions,
): AsyncGenerator<ProbedSurface | ProbeFailure> {
  const { volume, thresholdReal, smoothMm, anatomy } = head;
  const { frame, body } = anatomy;
  switch (probe) {
    case 'sweep':
      for (const surface of sweepSurfaces(volume, thresholdReal)) yield { ...surface, smoothMm, frame };
      break;
    case 'undo':
      for (const surface of await undoSurfaces(backend, { volume, thresholdReal, smoothMm, frame, body }))
        yield { ...surface, smoothMm, frame };
      break;
    case 'leak':
      for await (const { channel: name, ...found } of leakProbes(backend, head.path, anatomy, open))
        yield { name, ...found };
  }
}
