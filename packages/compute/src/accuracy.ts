/**
 * How far two implementations of one kernel may differ. Declared by the kernel from its arithmetic, never fitted:
 * `exact` byte equality; `ulp` distance in ordered f32 bits, subnormals as 0; `relative` |a−b| ≤ r·max(|b|, floor);
 * `nmse` Σ(a−b)² / Σb².
 */
export type Accuracy =
  | { readonly kind: 'exact' }
  | { readonly kind: 'ulp'; readonly maxUlp: number }
  | { readonly kind: 'relative'; readonly relative: number; readonly floor: number }
  | { readonly kind: 'nmse'; readonly nmse: number };

/** Byte equality: masks, labels, counts, copies. */
export function exact(): Accuracy {
  return { kind: 'exact' };
}

/** At most `maxUlp` representable f32 apart. Throws RangeError above 64: that would check nothing. */
export function ulp(maxUlp: number): Accuracy {
  if (!(maxUlp >= 1 && maxUlp <= 64)) throw new RangeError(`ulp(${maxUlp}) is not a tolerance of one f32 chain`);
  return { kind: 'ulp', maxUlp };
}

/** |a−b| ≤ relative·max(|b|, floor). Throws RangeError above 1e-2. */
export function relative(relative: number, floor: number): Accuracy {
  if (!(relative > 0 && relative <= 1e-2)) throw new RangeError(`relative(${relative}) is too loose to mean anything`);
  return { kind: 'relative', relative, floor };
}

/** Normalised mean square error. Throws RangeError above 1e-4. */
export function nmse(nmse: number): Accuracy {
  if (!(nmse > 0 && nmse <= 1e-4)) throw new RangeError(`nmse(${nmse}) is too loose to mean anything`);
  return { kind: 'nmse', nmse };
}
