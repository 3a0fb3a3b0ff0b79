import type { ScanWarning } from '../scan-warning.ts';

/** Warnings that many instances share, told once with their number. */
export class Notes {
  readonly #counts = new Map<string, { code: string; message: string; files: Set<string> }>();

  /** `message` is the same for all files it concerns. */
  add(code: string, message: string, path: string): void {
    const key = `${code} ${message}`;
    const note = this.#counts.get(key) ?? { code, message, files: new Set() };
    this.#counts.set(key, note);
    note.files.add(path);
  }

  /** One warning for each code and message. */
  list(): ScanWarning[] {
    return [...this.#counts.values()].map(({ code, message, files }) => ({
      code,
      message: files.size === 1 ? message : `${message} (${files.size} files)`,
    }));
  }
}
