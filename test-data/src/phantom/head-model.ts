import type { Vec3 } from '@efface/volume';
import { organPrimitives, ORGAN_NAMES, type OrganName } from './anatomy-table.ts';
import type { FaceShape } from './face-shape.ts';
import { basalGap, fatDepth, foldNoise } from './fields.ts';
import { Sculpture } from './primitive.ts';
import { earPrimitives, eyePrimitives, skinPrimitives, vaultPrimitives } from './skin-table.ts';
import { LABELS } from './tissues.ts';
import { Warp } from './warp.ts';

/** Edge of the cubes in which primitives are preselected, mm. */
const BLOCK_MM = 8;
/** Head-frame box outside of which there is only air: lowest corner and number of blocks along x, y, z. */
const BOX_LOW: Vec3 = [-128, -144, -208];
const BOX_BLOCKS = [32, 35, 46] as const;
/** Half diagonal of a block times a bound of how much faster than distance the pseudo-distances may grow. */
const REACH_MM = 0.5 * BLOCK_MM * Math.sqrt(3) * 1.6;
/** How far from a surface its distance is kept right; further it is only known to be further. */
const BAND_MM = 5;
/** Depth under the skin to which layers follow it. */
const DEPTH_MM = 10;
/** Depth of the sulci under the brain's hull. */
const SULCUS_MM = 15;
/** Thickness of grey matter, mm (2–3.5 in adults, Fischl and Dale 2000). */
const CORTEX_MM = 2.8;
/** From the skin to the dura over the vault, mm: scalp 5.5, skull 6. */
const VAULT_MM = 11.5;

/** Bits of `HeadSample.regions`: regions that overlap tissues. */
export const REGION = { body: 1, oralCavity: 2, target: 4, cranialCavity: 8, mandible: 16 } as const;

interface Block {
  /** Nothing but air. */
  readonly isAir: boolean;
  readonly bumps: Uint16Array;
  /** Undefined: everywhere deeper than DEPTH_MM. */
  readonly skin: Uint16Array | undefined;
  /** Whether the skull's or the brain's surface can be here. */
  readonly cranium: 'outside' | 'near' | 'inside';
  readonly vault: Uint16Array;
  readonly cavity: Uint16Array;
  /** Per organ, in the order of ORGAN_NAMES; undefined where the organ cannot be. */
  readonly organs: readonly (Uint16Array | undefined)[];
}

const ORGAN = Object.fromEntries(ORGAN_NAMES.map((name, index) => [name, index])) as {
  readonly [n in OrganName]: number;
};
/** Distances are not told apart beyond this, mm. */
const FAR_MM = 30;

/** One person's head: what is at a point, independent of any voxel grid. */
export class HeadModel {
  readonly warp: Warp;
  /** Mixture of the tissue values at the last evaluated point. */
  value = 0;
  /** Label (`LABELS`) at the last evaluated point. */
  label = 0;
  /** `REGION` bits at the last evaluated point. */
  regions = 0;

  readonly #skin: Sculpture;
  readonly #vault = new Sculpture(vaultPrimitives());
  readonly #organs = ORGAN_NAMES.map((name) => new Sculpture(organPrimitives(name)));
  readonly #blocks: (Block | undefined)[] = new Array<Block | undefined>(BOX_BLOCKS[0] * BOX_BLOCKS[1] * BOX_BLOCKS[2]);
  readonly #seed: number;
  readonly #d = new Float64Array(3);
  #inverseWidth = 1;
  #table: Float64Array = new Float64Array(0);

  /** `shape` is the face, `seed` the folding of the brain. */
  constructor(shape: FaceShape, seed: number) {
    this.warp = new Warp(shape);
    this.#seed = seed | 0;
    this.#skin = new Sculpture([
      ...skinPrimitives(),
      ...eyePrimitives(shape.eyeFissureLength, shape.eyeFissureHeight, shape.eyeSlant),
      ...earPrimitives(shape.earScale, shape.earProtrusion),
    ]);
  }

  /** Width (mm) over which one tissue gives way to the next, and the values to mix, indexed by label. */
  setContrast(widthMm: number, values: Float64Array): void {
    this.#inverseWidth = 1 / widthMm;
    this.#table = values;
  }

  /** Signed distance to the skin (mm, negative inside) at a head-frame point of the person; right near the skin. */
  skinDistance(p: Vec3): number {
    return this.#skin.distance(...this.warp.templateFromPerson(p));
  }

  /** Evaluates a head-frame point of the person; the answer is in `value`, `label` and `regions`. */
  evaluate(px: number, py: number, pz: number): void {
    this.value = this.#table[0];
    this.label = 0;
    this.regions = 0;
    const block = this.#blockAt(px, py, pz);
    if (block === undefined || block.isAir) return;
    const d = this.#d;
    this.warp.displacement(px, py, pz, d, block.bumps);
    const x = px - d[0];
    const y = py - d[1];
    const z = pz - d[2];
    const skin = block.skin === undefined ? -FAR_MM : this.#skin.distance(x, y, z, block.skin, FAR_MM);
    if (skin * this.#inverseWidth >= 0.5) return;
    if (skin <= 0) this.regions = REGION.body;
    this.#layer(skin, LABELS.skin);
    if (block.cranium === 'inside') this.#brain(block, x, y, z, -FAR_MM);
    else this.#soft(block, x, y, z, skin);
    // Half a blur outside the skin values still mix, but nothing of the head is there: nostrils end at the skin.
    if (skin > 0) this.label = LABELS.air;
  }

  /** As `skinDistance`, faster, but only told apart within 5 mm outside and 10 mm inside the skin. */
  nearSkinDistance(px: number, py: number, pz: number): number {
    const block = this.#blockAt(px, py, pz);
    if (block === undefined || block.isAir) return FAR_MM;
    if (block.skin === undefined) return -FAR_MM;
    const d = this.#d;
    this.warp.displacement(px, py, pz, d, block.bumps);
    return this.#skin.distance(px - d[0], py - d[1], pz - d[2], block.skin, FAR_MM);
  }

  #blockAt(px: number, py: number, pz: number): Block | undefined {
    const bi = Math.floor((px - BOX_LOW[0]) / BLOCK_MM);
    const bj = Math.floor((py - BOX_LOW[1]) / BLOCK_MM);
    const bk = Math.floor((pz - BOX_LOW[2]) / BLOCK_MM);
    if (bi < 0 || bj < 0 || bk < 0 || bi >= BOX_BLOCKS[0] || bj >= BOX_BLOCKS[1] || bk >= BOX_BLOCKS[2])
      return undefined;
    return (this.#blocks[(bk * BOX_BLOCKS[1] + bj) * BOX_BLOCKS[0] + bi] ??= this.#makeBlock(bi, bj, bk));
  }

  /** Lays a tissue over what is there; `distance` is negative inside it. */
  #layer(distance: number, label: number): void {
    const cover = 0.5 - distance * this.#inverseWidth;
    if (cover <= 0) return;
    if (cover >= 1) this.value = this.#table[label];
    else this.value += (this.#table[label] - this.value) * cover;
    if (distance <= 0) this.label = label;
  }

  #organ(block: Block, organ: number, x: number, y: number, z: number): number {
    const subset = block.organs[organ];
    return subset === undefined ? FAR_MM : this.#organs[organ].distance(x, y, z, subset, FAR_MM);
  }

  #soft(block: Block, x: number, y: number, z: number, skin: number): void {
    // Subcutaneous fat is thin over the vault, thick in the cheeks and under the chin.
    this.#layer(skin + 1.7, LABELS.fat);
    let cavity = FAR_MM;
    if (block.cranium === 'near') {
      const vault = this.#vault.distance(x, y, z, block.vault, FAR_MM) + VAULT_MM;
      const floor = this.#organs[ORGAN.cavity].distance(x, y, z, block.cavity, FAR_MM);
      const h = Math.max(0, 6 - Math.abs(vault - floor));
      cavity = Math.max(vault, floor) + (h * h) / 24;
    }
    if (skin < -1.7) {
      // Deep to the subcutaneous fat everything is muscle with fat in between; named muscles come nearer to the skin.
      const muscle = this.#organ(block, ORGAN.muscle, x, y, z);
      const deep = skin + fatDepth(x, y, z);
      this.#layer(Math.max(skin + 3.4, Math.min(muscle, Math.max(deep, 1.2 - muscle))), LABELS.muscle);
      this.#layer(Math.max(deep + 1, this.#organ(block, ORGAN.deepFat, x, y, z), 1.2 - muscle), LABELS.fat);
    }
    this.#layer(Math.max(skin + 3, this.#organ(block, ORGAN.parotid, x, y, z)), LABELS.parotid);
    this.#layer(Math.max(skin + 3, this.#organ(block, ORGAN.submandibular, x, y, z)), LABELS.submandibularGland);
    this.#layer(Math.max(skin + 1, this.#organ(block, ORGAN.cartilage, x, y, z)), LABELS.cartilage);
    // No bone comes closer to the skin than this.
    const under = skin + 4;
    let bone = Math.max(under, this.#organ(block, ORGAN.faceBone, x, y, z));
    const mandible = Math.max(under, this.#organ(block, ORGAN.mandible, x, y, z));
    if (mandible <= 0) this.regions |= REGION.mandible;
    bone = Math.min(bone, mandible);
    bone = Math.min(bone, this.#organ(block, ORGAN.spine, x, y, z));
    if (cavity < 12) {
      // Squama thin at the temples, thick at the back.
      const thickness =
        6.6 - 2.8 * Math.exp(-((Math.abs(x) - 70) ** 2 + (z - 30) ** 2) / 900) + 0.02 * Math.max(0, -y - 50);
      bone = Math.min(bone, Math.max(under, cavity - thickness));
    }
    if (bone < 3) {
      this.#layer(bone, LABELS.corticalBone);
      // Marrow: away from both tables.
      const inner = cavity < 12 ? Math.max(bone, -cavity) : bone;
      this.#layer(inner + 2.1, LABELS.spongyBone);
    }
    this.#layer(this.#organ(block, ORGAN.discs, x, y, z), LABELS.disc);
    const canal = this.#organ(block, ORGAN.canal, x, y, z);
    this.#layer(canal, LABELS.csf);
    if (canal < 3) this.#layer(this.#organ(block, ORGAN.cord, x, y, z), LABELS.spinalCord);
    this.#mouthAndNose(block, x, y, z, skin, cavity);
    this.#orbit(block, x, y, z, skin, cavity);
    if (cavity < BAND_MM) this.#brain(block, x, y, z, cavity);
    const target = Math.max(skin + 5, this.#organ(block, ORGAN.target, x, y, z));
    if (target <= 0) this.regions |= REGION.target;
    if (this.label !== LABELS.corticalBone && this.label !== LABELS.tooth && this.label !== LABELS.airway)
      this.#layer(target, LABELS.tumour);
  }

  #mouthAndNose(block: Block, x: number, y: number, z: number, skin: number, cavity: number): void {
    const mouth = Math.max(skin + 4, this.#organ(block, ORGAN.oralCavity, x, y, z));
    if (mouth <= 0) this.regions |= REGION.oralCavity;
    this.#layer(Math.max(skin + 4, this.#organ(block, ORGAN.tongue, x, y, z)), LABELS.tongue);
    const airway = this.#organ(block, ORGAN.airway, x, y, z);
    if (airway < 3) {
      // Bone of 3 mm at least stays between the sinuses and the dura.
      const air = Math.max(airway, 3 - cavity, -this.#organ(block, ORGAN.septum, x, y, z));
      this.#layer(Math.max(air - 1.2, skin + 1.5), LABELS.mucosa);
      this.#layer(air, LABELS.airway);
    }
    this.#layer(Math.max(skin + 3, this.#organ(block, ORGAN.teeth, x, y, z)), LABELS.tooth);
  }

  #orbit(block: Block, x: number, y: number, z: number, skin: number, cavity: number): void {
    const fat = Math.max(2 - cavity, this.#organ(block, ORGAN.orbitFat, x, y, z));
    this.#layer(Math.max(skin + 1.7, fat), LABELS.fat);
    if (fat < 4) this.#layer(this.#organ(block, ORGAN.eyeMuscle, x, y, z), LABELS.muscle);
    this.#layer(this.#organ(block, ORGAN.opticNerve, x, y, z), LABELS.opticNerve);
    const eye = this.#organ(block, ORGAN.eye, x, y, z);
    if (eye < 3) {
      this.#layer(eye, LABELS.sclera);
      this.#layer(eye + 1.2, LABELS.vitreous);
      this.#layer(Math.max(eye + 1.2, this.#organ(block, ORGAN.lens, x, y, z)), LABELS.lens);
    }
  }

  /** Everything inside the dura; `cavity` is the distance to it. */
  #brain(block: Block, x: number, y: number, z: number, cavity: number): void {
    if (cavity <= 0) this.regions |= REGION.cranialCavity;
    this.#layer(cavity, LABELS.csf);
    const ax = x < 0 ? -x : x;
    const stem = this.#organ(block, ORGAN.brainstem, x, y, z);
    const cerebellum = Math.max(cavity + 2, this.#organ(block, ORGAN.cerebellum, x, y, z));
    const callosum = this.#organ(block, ORGAN.callosum, x, y, z);
    // Hemispheres: inside the hull, off the midline except at the callosum, above tentorium and brainstem.
    let hull = Math.max(cavity + 1.1, 1.8 - Math.min(stem, cerebellum));
    hull = Math.max(hull, Math.min(0.9 - ax, callosum));
    hull = Math.max(hull, -this.#organ(block, ORGAN.sylvian, x, y, z));
    // Below the tentorium and in the basal cisterns there is no cerebrum.
    hull = Math.max(hull, basalGap(ax, y, z));
    if (hull < BAND_MM) {
      let pial = hull;
      if (hull > -SULCUS_MM - 3 - CORTEX_MM && callosum > -14) {
        const fold = foldNoise(x, y, z, this.#seed);
        // A sulcus is a sheet where the noise passes zero, as deep as SULCUS_MM.
        const sheet = 0.6 - Math.abs(fold) * 8;
        pial = Math.max(pial, Math.min(sheet, hull + SULCUS_MM));
      }
      this.#layer(pial, LABELS.greyMatter);
      this.#layer(Math.max(pial, hull) + CORTEX_MM, LABELS.whiteMatter);
    }
    this.#layer(Math.max(this.#organ(block, ORGAN.deepGrey, x, y, z), cavity + 4), LABELS.deepGrey);
    this.#layer(cerebellum, LABELS.cerebellum);
    this.#layer(Math.max(stem, cavity + 1), LABELS.brainstem);
    this.#layer(this.#organ(block, ORGAN.chiasm, x, y, z), LABELS.chiasm);
    this.#layer(Math.max(cavity + 4, this.#organ(block, ORGAN.ventricles, x, y, z)), LABELS.ventricle);
  }

  #makeBlock(bi: number, bj: number, bk: number): Block {
    const centre: Vec3 = [
      BOX_LOW[0] + (bi + 0.5) * BLOCK_MM,
      BOX_LOW[1] + (bj + 0.5) * BLOCK_MM,
      BOX_LOW[2] + (bk + 0.5) * BLOCK_MM,
    ];
    const bumps = this.warp.nearBox(centre, BLOCK_MM / 2);
    const t = this.warp.templateFromPerson(centre);
    const skin = this.#skin.distance(...t);
    // The warp stretches by less than this factor.
    const half = (BLOCK_MM / 2) * 1.3;
    const none = new Uint16Array(0);
    if (skin > REACH_MM + BAND_MM)
      return { isAir: true, bumps, skin: none, cranium: 'outside', vault: none, cavity: none, organs: [] };
    const vault = this.#vault.distance(...t) + VAULT_MM;
    const cavity = Math.max(vault, this.#organs[ORGAN.cavity].distance(...t));
    const cranium = cavity > REACH_MM + 14 ? 'outside' : cavity < -(REACH_MM + SULCUS_MM + 8) ? 'inside' : 'near';
    return {
      isAir: false,
      bumps,
      skin: skin < -(REACH_MM + DEPTH_MM) || cranium === 'inside' ? undefined : this.#skin.nearBox(t, half, DEPTH_MM),
      cranium,
      vault: this.#vault.nearBox(t, half, 40),
      cavity: this.#organs[ORGAN.cavity].nearBox(t, half, 30),
      organs: this.#organs.map((organ) => {
        const near = organ.nearBox(t, half, BAND_MM);
        return near.length === 0 ? undefined : near;
      }),
    };
  }
}
