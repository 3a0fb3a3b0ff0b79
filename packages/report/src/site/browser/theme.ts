const STORED = 'efface-theme';

/** The theme somebody chose here before, else that of the system. */
function preferred(): 'dark' | 'light' {
  const chosen = stored();
  if (chosen === 'dark' || chosen === 'light') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    // Some browsers keep nothing for a page from the disk.
    return null;
  }
}

function show(theme: 'dark' | 'light'): void {
  document.documentElement.dataset['theme'] = theme;
  document.getElementById('theme')?.setAttribute('aria-pressed', String(theme === 'dark'));
}

/** Before the page is drawn, so that it never flashes in the other theme. */
export function startTheme(): void {
  show(preferred());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    show(preferred());
  });
}

/** Once the page is there: its button. */
export function wireTheme(): void {
  show(preferred());
  document.getElementById('theme')?.addEventListener('click', () => {
    const theme = document.documentElement.dataset['theme'] === 'dark' ? 'light' : 'dark';
    try {
      localStorage.setItem(STORED, theme);
    } catch {
      // It holds for this page.
    }
    show(theme);
  });
}
