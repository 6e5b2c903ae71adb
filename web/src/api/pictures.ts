import type { Scope } from './scope';
import { PAGE_CLIPS, thumbnails } from './thumbnails';

/** Pictures kept for lists that are looked at again; the oldest go first. */
const KEPT = 400;

/** The pictures of clips as addresses for img elements. What is asked for in one moment is fetched as one page. */
export class Pictures {
  readonly #scope: Scope;
  readonly #small: boolean;
  readonly #urls = new Map<string, string>();
  readonly #waiting = new Map<string, ((url: string | undefined) => void)[]>();
  #closed = false;

  /** Small pictures, or large ones. */
  constructor(scope: Scope, small: boolean) {
    this.#scope = scope;
    this.#small = small;
  }

  /** The address of a clip's picture; undefined where there is none, or not yet. */
  async of(clip: string): Promise<string | undefined> {
    const known = this.#urls.get(clip);
    if (known || this.#closed) return known;
    return await new Promise((tell) => {
      if (this.#waiting.size === 0) setTimeout(() => void this.#fetch(), 0);
      this.#waiting.set(clip, [...(this.#waiting.get(clip) ?? []), tell]);
    });
  }

  /** Gives all pictures back. Twice is fine. */
  close(): void {
    this.#closed = true;
    for (const url of this.#urls.values()) URL.revokeObjectURL(url);
    this.#urls.clear();
  }

  async #fetch(): Promise<void> {
    const asked = [...this.#waiting];
    this.#waiting.clear();
    for (let i = 0; i < asked.length; i += PAGE_CLIPS) {
      const page = asked.slice(i, i + PAGE_CLIPS);
      const pictures = await thumbnails(this.#scope, page.map(([clip]) => clip), this.#small).catch(() => new Map<string, Blob>());
      for (const [clip, tell] of page) {
        const url = this.#keep(clip, pictures.get(clip));
        for (const t of tell) t(url);
      }
    }
  }

  #keep(clip: string, picture: Blob | undefined): string | undefined {
    if (!picture || this.#closed) return undefined;
    const url = this.#urls.get(clip) ?? URL.createObjectURL(picture);
    this.#urls.set(clip, url);
    for (const [old, address] of this.#urls) {
      if (this.#urls.size <= KEPT) break;
      URL.revokeObjectURL(address);
      this.#urls.delete(old);
    }
    return url;
  }
}
