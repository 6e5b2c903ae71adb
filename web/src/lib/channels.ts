import type { Probe } from '../api/types';
import { say } from '../words/say';

/** One camera of a recorder, as it may be added. */
export interface Pick {
  number: number;
  source: string;
  /** What it is to be called. */
  name: string;
  /** What the recorder says of it, in one line. */
  line: string;
  /** The stream of which there is a picture. */
  picture: 'main' | 'sub' | undefined;
  chosen: boolean;
  added: boolean;
  /** Why it cannot be added. */
  reason: string | undefined;
}

/** The channels of a recorder, none of them chosen; none of a device that is one camera. */
export function picksOf(seen: Probe): Pick[] {
  if (seen.state !== 'ready' || seen.channels.length < 2) return [];
  return seen.channels.map(({ number, source, name, added, reason }) => {
    const streams = seen.streams.filter((s) => s.channel === number && s.role);
    const sizes = streams.filter((s) => s.codec && s.width > 0).map((s) => `${s.codec} ${s.width}×${s.height}`);
    return {
      number, source, added, reason, name: say('seen.channel', { n: number }), chosen: false,
      line: [name, ...sizes].filter(Boolean).join(' · '),
      picture: streams.find((s) => s.picture)?.role,
    };
  });
}

/** Those that can be added still. */
export const open = (picks: readonly Pick[]): Pick[] => picks.filter((p) => !p.added && !p.reason);

/** Those that a person chose. */
export const chosen = (picks: readonly Pick[]): Pick[] => open(picks).filter((p) => p.chosen);
