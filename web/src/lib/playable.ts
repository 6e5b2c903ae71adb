/** What a browser can play of what a camera sends. Pure: the browser's own answer comes in as `Plays`. */

/** Whether the browser plays media of a type such as `video/mp4; codecs="avc1.42c01f"`. */
export type Plays = (type: string) => boolean;

/** Names by the first word of a codecs string (RFC 6381), and MPEG-4 systems by the object type after it. */
const NAMES: [codecs: RegExp, name: string][] = [
  [/^avc[13]\b/i, 'H.264'],
  [/^(hvc1|hev1)\b/i, 'H.265'],
  [/^mp4v\.6c\b/i, 'MJPEG'],
  [/^mp4a\.40\b/i, 'AAC'],
  [/^opus\b/i, 'Opus'],
  [/^flac\b/i, 'FLAC'],
  [/^(alaw|ulaw)\b/i, 'G.711'],
];

function codecsOf(type: string): string {
  return /codecs\s*=\s*"?([^";]+)/.exec(type)?.[1]?.trim() ?? type;
}

/** The name of a codec as a camera's settings have it; what is unknown is called by its own codecs string. */
export function codecName(type: string): string {
  const codecs = codecsOf(type);
  return NAMES.find(([pattern]) => pattern.test(codecs))?.[1] ?? codecs;
}

export interface Typed {
  mime: string;
}

/** What to play of a stream's tracks, and the names of what cannot be. */
export interface Choice<T> {
  video?: T;
  audio?: T;
  /** The name of a video codec that this browser does not play; then nothing of the stream is played. */
  blind?: string;
  /** The name of a sound codec that this browser does not play. */
  deaf?: string;
}

/** Picks from the tracks of a live stream, whose types are whole: `audio/mp4; codecs="opus"`. */
export function choose<T extends Typed>(tracks: T[], plays: Plays): Choice<T> {
  const video = tracks.find((t) => t.mime.startsWith('video/'));
  if (!video) return {};
  if (!plays(video.mime)) return { blind: codecName(video.mime) };
  const sounds = tracks.filter((t) => t.mime.startsWith('audio/'));
  const audio = sounds.find((t) => plays(t.mime));
  if (audio) return { video, audio };
  return sounds[0] ? { video, deaf: codecName(sounds[0].mime) } : { video };
}

/**
 * The streams of a camera in the order in which they are tried: first the one wished for, then the other, as long as
 * the browser refuses the video of each.
 */
export class Ladder<S extends string> {
  readonly #streams: readonly S[];
  /** One entry per stream refused: the codec refused, and what the camera was said to send there since. */
  readonly #refused: { codec: string; announced?: string }[] = [];

  constructor(...streams: readonly S[]) {
    this.#streams = streams;
  }

  /** The stream to show now; undefined when none is left. */
  get stream(): S | undefined {
    return this.#streams[this.#refused.length];
  }

  /** Names of the video codecs refused so far, each once. */
  get refused(): string[] {
    return [...new Set(this.#refused.map((r) => r.codec))];
  }

  /** Goes on to the next stream, the browser having refused this codec. */
  refuse(codec: string): void {
    this.#refused.push({ codec });
  }

  /**
   * Takes which codec each stream is said to have now. Goes back to the first refused stream whose codec is another
   * than it was said to be after the refusal, and tells whether it did. Compared with what was said before, not with
   * the codec refused: two names of one codec must not make it try for ever.
   */
  announced(codecs: Partial<Record<S, string>>): boolean {
    for (const [i, refused] of this.#refused.entries()) {
      const codec = codecs[this.#streams[i] as S];
      if (!codec) continue;
      refused.announced ??= codec;
      if (refused.announced !== codec) {
        this.#refused.length = i;
        return true;
      }
    }
    return false;
  }
}

/** One track of a clip, as the hub names it. */
export interface ClipTrack {
  kind: 'video' | 'audio';
  codec: string;
  mime: string;
}

/** What stands in the way of playing a clip: the names of codecs that this browser does not play. */
export function hindrance(tracks: ClipTrack[], plays: Plays): { blind?: string; deaf?: string } {
  const lost = (kind: ClipTrack['kind']): string | undefined => {
    const own = tracks.filter((t) => t.kind === kind);
    return own.length > 0 && !own.some((t) => plays(`${kind}/mp4; codecs="${t.mime}"`)) ? own[0]?.codec : undefined;
  };
  const blind = lost('video');
  const deaf = lost('audio');
  return { ...(blind ? { blind } : {}), ...(deaf ? { deaf } : {}) };
}
