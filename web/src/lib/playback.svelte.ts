import { SvelteMap } from 'svelte/reactivity';
import { clip } from '../api/calls';
import type { Scope } from '../api/scope';
import type { ClipTrack } from '../api/types';
import { following, numberOf, type Part } from './parts';
import { hindrance, type Plays } from './playable';

/** Which part of an event is shown, and what is known of each part's tracks. */
export class Playback {
  /** Start what is shown as soon as it can be: a person chose it, or the part before is over. */
  play = $state(false);
  readonly #scope: Scope;
  readonly #plays: Plays;
  readonly #parts: () => readonly Part[];
  readonly #tracks = new SvelteMap<string, ClipTrack[]>();
  readonly #asked = new Set<string>();
  #chosen = $state<string>();

  /** The number of the part shown, from 0. */
  readonly n = $derived.by(() => numberOf(this.#parts(), this.#chosen));
  readonly part = $derived.by(() => this.#parts()[this.n]);
  /** What plays after it. */
  readonly next = $derived.by(() => following(this.#parts(), this.n, (id) => this.blind(id) !== undefined));

  constructor(scope: Scope, plays: Plays, parts: () => readonly Part[]) {
    this.#scope = scope;
    this.#plays = plays;
    this.#parts = parts;
  }

  show(part: Part | undefined): void {
    if (!part) return;
    this.#chosen = part.id;
    this.play = true;
  }

  /** What a part holds; undefined until the hub has said so. */
  tracks(id: string): ClipTrack[] | undefined {
    return this.#tracks.get(id);
  }

  /** The name of the video codec that keeps this browser from playing a part. */
  blind(id: string): string | undefined {
    return hindrance(this.tracks(id) ?? [], this.#plays).blind;
  }

  /** The name of the sound codec of a part that this browser does not play. */
  deaf(id: string): string | undefined {
    return hindrance(this.tracks(id) ?? [], this.#plays).deaf;
  }

  /** Asks once what a part holds; a part that grows has not said all. Unanswered, it counts as playable. */
  async ask(part: Part | undefined): Promise<void> {
    if (!part || part.recording || this.#asked.has(part.id)) return;
    this.#asked.add(part.id);
    const known = await clip(this.#scope, part.id).then((c) => c.tracks ?? [], () => []);
    this.#tracks.set(part.id, known);
  }
}
