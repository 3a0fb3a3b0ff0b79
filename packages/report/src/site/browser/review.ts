import { addKeys } from './keys.ts';

type Decision = 'accept' | 'reject' | 'none';

const WORDS: Readonly<Record<Decision, string>> = { accept: 'accepted', reject: 'rejected', none: 'undecided' };

/** The part of a case's page where it is decided on. */
class Panel {
  readonly #article: HTMLElement;
  readonly #status = document.getElementById('decision') as HTMLElement;
  readonly #comment = document.getElementById('comment') as HTMLTextAreaElement;
  readonly #buttons = [...document.querySelectorAll<HTMLButtonElement>('.decide')];

  constructor(article: HTMLElement) {
    this.#article = article;
  }

  wire(): void {
    for (const button of this.#buttons)
      button.addEventListener('click', () => void this.#decide(button.dataset['decision'] as Decision));
    document.getElementById('save-comment')?.addEventListener('click', () => void this.#decide(this.#current()));
    this.#comment.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.#comment.blur();
      void this.#decide(this.#current());
    });
    addKeys([
      { keys: ['a'], words: 'accept', act: () => void this.#decide('accept') },
      { keys: ['r'], words: 'reject', act: () => void this.#decide('reject') },
      { keys: ['u'], words: 'undecided', act: () => void this.#decide('none') },
      { keys: ['c'], words: 'comment; Ctrl+Enter saves it, Esc leaves it', act: () => { this.#comment.focus(); } },
    ]); // prettier-ignore
  }

  #current(): Decision {
    const pressed = this.#buttons.find((button) => button.getAttribute('aria-pressed') === 'true');
    return (pressed?.dataset['decision'] ?? 'none') as Decision;
  }

  /** Sends a decision; what the page shows is what the server has written down. */
  async #decide(decision: Decision): Promise<void> {
    const isOffered = !this.#buttons.some(({ dataset, disabled }) => dataset['decision'] === decision && disabled);
    if (!isOffered) {
      this.#status.textContent = 'There is no image: it cannot be accepted.';
      return;
    }
    this.#status.textContent = 'saving …';
    const { item, key } = this.#article.dataset;
    try {
      const response = await fetch('/decision', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ item, key, decision, comment: this.#comment.value.trim() }),
      });
      const answer = (await response.json()) as { readonly message?: string };
      if (!response.ok) throw new Error(answer.message ?? `status ${response.status}`);
    } catch (error) {
      this.#status.textContent = `Not saved: ${error instanceof Error ? error.message : String(error)}`;
      return;
    }
    for (const button of this.#buttons)
      button.setAttribute('aria-pressed', String(button.dataset['decision'] === decision));
    this.#status.textContent = `${WORDS[decision]}, saved`;
  }
}

/** Decisions by button and key, where the page is served for review. */
export function wireReview(article: HTMLElement): void {
  if (document.getElementById('decision')) new Panel(article).wire();
}
