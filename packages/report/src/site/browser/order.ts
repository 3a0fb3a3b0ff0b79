const STORED = 'efface-order';

/** Remembers the cases as the table shows them, so that stepping through them follows the filter. */
export function keepOrder(ids: readonly string[]): void {
  try {
    sessionStorage.setItem(STORED, JSON.stringify(ids));
  } catch {
    // Stepping follows the plan then.
  }
}

/** The cases as the table showed them last; empty where it was not seen. */
export function keptOrder(): readonly string[] {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(STORED) ?? '[]');
    return Array.isArray(found) ? found.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}
