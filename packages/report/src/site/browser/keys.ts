/** A key of the page: what it does in words, and does. */
export interface Key {
  /** As `KeyboardEvent.key` gives them. */
  readonly keys: readonly string[];
  readonly words: string;
  readonly act: () => void;
}

const NAMES: Readonly<Record<string, string>> = { ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc' };

declare global {
  // Each script of a page is bundled alone; what they share is the page.
  var effaceKeys: Key[] | undefined;
}

const all = (globalThis.effaceKeys ??= []);

/** Adds keys of the page; the help lists them. */
export function addKeys(keys: readonly Key[]): void {
  all.push(...keys);
  const list = document.getElementById('help-list');
  list?.replaceChildren(
    ...all.flatMap(({ keys: names, words }) => {
      const term = document.createElement('dt');
      names.forEach((name, n) => {
        if (n > 0) term.append(' ');
        const key = document.createElement('kbd');
        key.textContent = NAMES[name] ?? name;
        term.append(key);
      });
      const text = document.createElement('dd');
      text.textContent = words;
      return [term, text];
    }),
  );
}

/** Listens. Keys that are typed into a field, or pressed with Ctrl, Alt or Meta, are not ours. */
export function startKeys(): void {
  const help = document.getElementById('help') as HTMLDialogElement;
  const openHelp = (): void => {
    if (!help.open) help.showModal();
  };
  document.getElementById('keys')?.addEventListener('click', openHelp);
  addKeys([{ keys: ['?'], words: 'this help', act: openHelp }]);
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || help.open) return;
    if (isTyping(event.target)) {
      if (event.key === 'Escape' && event.target instanceof HTMLElement) event.target.blur();
      return;
    }
    // A viewer has arrows of its own.
    if (event.key.startsWith('Arrow') && event.target instanceof HTMLElement && event.target.matches('canvas, .scroll'))
      return;
    const key = all.find(({ keys }) => keys.includes(event.key));
    if (!key) return;
    event.preventDefault();
    key.act();
  });
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select');
}
