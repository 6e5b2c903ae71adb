export interface Toast {
  id: number;
  text: string;
  /** A next step to offer, as an address. */
  link?: { text: string; href: string };
}

const SHOWN_MS = 6000;
/** A text of many letters stays longer, so long for each of them. */
const LETTER_MS = 70;

/** Short words about what just happened; read aloud by a live region. */
export class Toasts {
  list = $state.raw<Toast[]>([]);
  #last = 0;

  show(text: string, link?: Toast['link']): void {
    const id = ++this.#last;
    this.list = [...this.list, { id, text, ...(link ? { link } : {}) }];
    setTimeout(() => this.dismiss(id), Math.max(SHOWN_MS, text.length * LETTER_MS));
  }

  dismiss(id: number): void {
    this.list = this.list.filter((t) => t.id !== id);
  }
}
