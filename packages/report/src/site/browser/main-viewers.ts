import { addKeys } from './keys.ts';
import { type ViewedImage, Viewers } from './viewers.ts';

// The script of the viewers: large, and so loaded while the rest of the page is in use already.

/** Shows the images of the case once the page is there. */
function start(): void {
  const shown = document.getElementById('viewers');
  if (!shown) return;
  const images = JSON.parse(shown.dataset['images'] ?? '[]') as readonly ViewedImage[];
  const viewers = new Viewers(document.getElementById('case')?.dataset['item'] ?? '');
  void viewers.show(images[0]);
  const select = document.getElementById('image') as HTMLSelectElement | null;
  select?.addEventListener('change', () => void viewers.show(images[Number(select.value)]));
  const mask = document.getElementById('mask') as HTMLButtonElement;
  const toggleMask = (): void => {
    const isOn = mask.getAttribute('aria-pressed') !== 'true';
    mask.setAttribute('aria-pressed', String(isOn));
    viewers.showMask(isOn);
  };
  const nextView = (): void => {
    viewers.nextView();
  };
  mask.addEventListener('click', toggleMask);
  document.getElementById('view')?.addEventListener('click', nextView);
  addKeys([
    { keys: ['m'], words: 'show or hide what was altered', act: toggleMask },
    { keys: ['v'], words: 'slices, or the head from outside', act: nextView },
  ]);
}

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
else start();
