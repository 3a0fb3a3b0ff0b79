import type { Vec3 } from '@efface/volume';
import type { HeadModel } from './head-model.ts';
import { EYE_CENTRE } from './skin-table.ts';

/** Points of anthropometry. */
export interface HeadPoints {
  readonly vertex: Vec3;
  readonly glabella: Vec3;
  readonly nasion: Vec3;
  readonly pronasale: Vec3;
  readonly subnasale: Vec3;
  readonly stomion: Vec3;
  readonly pogonion: Vec3;
  readonly gnathion: Vec3;
  readonly opisthocranion: Vec3;
  readonly tragionLeft: Vec3;
  readonly tragionRight: Vec3;
  readonly alareLeft: Vec3;
  readonly alareRight: Vec3;
  readonly cheilionLeft: Vec3;
  readonly cheilionRight: Vec3;
  readonly zygionLeft: Vec3;
  readonly zygionRight: Vec3;
  readonly gonionLeft: Vec3;
  readonly gonionRight: Vec3;
  /** Centres of the eyeballs, not on the skin. */
  readonly eyeCentreLeft: Vec3;
  readonly eyeCentreRight: Vec3;
}

/** Where each point is looked for on the template, and the direction from which the skin is approached. */
const SOUGHT: { readonly [name in Exclude<keyof HeadPoints, 'eyeCentreLeft' | 'eyeCentreRight'>]: readonly [Vec3, Vec3] } = {
  vertex: [[0, 0, 132], [0, 0, 1]],
  glabella: [[0, 96, 42], [0, 1, 0]],
  nasion: [[0, 95, 27.5], [0, 1, 0]],
  pronasale: [[0, 119, -10], [0, 1, 0]],
  subnasale: [[0, 104, -25], [0, 1, 0]],
  stomion: [[0, 100, -47.5], [0, 1, 0]],
  pogonion: [[0, 97, -81], [0, 1, 0]],
  gnathion: [[0, 86, -93], [0, 0.5, -0.866]],
  opisthocranion: [[0, -104, 45], [0, -1, 0]],
  tragionLeft: [[70, 4, 0], [1, 0, 0]],
  tragionRight: [[-70, 4, 0], [-1, 0, 0]],
  alareLeft: [[18.5, 95, -16], [1, 0, 0]],
  alareRight: [[-18.5, 95, -16], [-1, 0, 0]],
  cheilionLeft: [[27, 92, -47.5], [0, 1, 0]],
  cheilionRight: [[-27, 92, -47.5], [0, 1, 0]],
  zygionLeft: [[68, 38, -4], [1, 0, 0]],
  zygionRight: [[-68, 38, -4], [-1, 0, 0]],
  gonionLeft: [[54, 16, -62], [1, 0, 0]],
  gonionRight: [[-54, 16, -62], [-1, 0, 0]],
}; // prettier-ignore

/** The points of a head, in its own frame. Points of the skin are on it to 0.01 mm. */
export function headPoints(model: HeadModel): HeadPoints {
  const out: Partial<Record<keyof HeadPoints, Vec3>> = {
    eyeCentreLeft: model.warp.personFromTemplate(EYE_CENTRE),
    eyeCentreRight: model.warp.personFromTemplate([-EYE_CENTRE[0], EYE_CENTRE[1], EYE_CENTRE[2]]),
  };
  for (const [name, [template, direction]] of Object.entries(SOUGHT))
    out[name as keyof HeadPoints] = ontoSkin(model, model.warp.personFromTemplate(template), direction);
  return out as HeadPoints;
}

/** First point of the skin met from outside along −direction. */
function ontoSkin(model: HeadModel, p: Vec3, direction: Vec3): Vec3 {
  const at = (t: number): Vec3 => [p[0] + t * direction[0], p[1] + t * direction[1], p[2] + t * direction[2]];
  let outside = 12;
  while (outside > -12 && model.skinDistance(at(outside - 0.25)) > 0) outside -= 0.25;
  let inside = outside - 0.25;
  for (let i = 0; i < 12; i++) {
    const middle = (inside + outside) / 2;
    if (model.skinDistance(at(middle)) > 0) outside = middle;
    else inside = middle;
  }
  return at((inside + outside) / 2);
}
