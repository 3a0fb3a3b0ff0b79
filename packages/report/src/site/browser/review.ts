import { addKeys } from './keys.ts';
import { type ViewedImage, Viewers } from './viewers.ts';

// Runs on the page of a case that is served for review, beside site.js.

type Decision = 'accept' | 'reject' | 'none';

const WORDS: Readonly<Record<Decision, string>> = { accept: 'accepted', reject: 'rejected', none: 'undecided' };

const article = document.getElementById('case') as HTMLElement;
const status = document.getElementById('decision') as HTMLElement;
const comment = document.getElementById('comment') as HTMLTextAreaElement;
const buttons = [...document.querySelectorAll<HTMLButtonElement>('.decide')];
const canAccept = !buttons.some(({ dataset, disabled }) => dataset['decision'] === 'accept' && disabled);

function current(): Decision {
  const pressed = buttons.find((button) => button.getAttribute('aria-pressed') === 'true');
  return (pressed?.dataset['decision'] ?? 'none') as Decision;
}

/** Sends a decision; what the page shows is what the server has written down. */
async function decide(decision: Decision): Promise<void> {
  if (decision === 'accept' && !canAccept) {
    status.textContent = 'There is no image: it cannot be accepted.';
    return;
  }
  status.textContent = 'saving …';
  try {
    const response = await fetch('/decision', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        item: article.dataset['item'],
        key: article.dataset['key'],
        decision,
        comment: comment.value.trim(),
      }),
    });
    const answer = (await response.json()) as { readonly message?: string };
    if (!response.ok) throw new Error(answer.message ?? `status ${response.status}`);
  } catch (error) {
    status.textContent = `Not saved: ${error instanceof Error ? error.message : String(error)}`;
    return;
  }
  for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset['decision'] === decision));
  status.textContent = `${WORDS[decision]}, saved`;
}

for (const button of buttons)
  button.addEventListener('click', () => void decide(button.dataset['decision'] as Decision));
document.getElementById('save-comment')?.addEventListener('click', () => void decide(current()));
comment.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    comment.blur();
    void decide(current());
  }
});

addKeys([
  { keys: ['a'], words: 'accept', act: () => void decide('accept') },
  { keys: ['r'], words: 'reject', act: () => void decide('reject') },
  { keys: ['u'], words: 'undecided', act: () => void decide('none') },
  { keys: ['c'], words: 'comment; Ctrl+Enter saves it, Esc leaves it', act: () => { comment.focus(); } },
]); // prettier-ignore

const shown = document.getElementById('viewers');
if (shown) {
  const images = JSON.parse(shown.dataset['images'] ?? '[]') as readonly ViewedImage[];
  const viewers = new Viewers(article.dataset['item'] ?? '');
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
