import type { Detecting, Detector, DetectorClass, NewDetector } from '../api/types';
import { language, say } from '../words/say';
import { when } from './time';

/** What detectors recognise, as the hub's table knows it. */
export const CLASSES = ['person', 'vehicle', 'animal', 'package'] as const satisfies readonly DetectorClass[];

/** How sure it has to be where nobody said otherwise, in percent. */
const USUAL = 50;
const SURE = [30, USUAL, 70, 85];

/** What a person changes before it is saved. */
export interface DetectorDraft {
  address: string;
  sure: string;
  classes: DetectorClass[];
}

/** What is to be changed of a detector, or of a new one. */
export function draftOf(now: Detector | undefined): DetectorDraft {
  return { address: now?.address ?? '', sure: String(now?.min_confidence ?? USUAL), classes: [...(now?.classes ?? CLASSES)] };
}

/** The detector that a draft means; all classes are none named. */
export function detectorOf({ address, sure, classes }: DetectorDraft): NewDetector {
  const wanted = CLASSES.filter((c) => classes.includes(c));
  return { address: address.trim(), min_confidence: Number(sure), ...(wanted.length < CLASSES.length && { classes: wanted }) };
}

/** Choices of how sure it has to be, and what is chosen now, whoever chose it. */
export function sureChoices(now: string): { value: string; label: string }[] {
  const all = [...new Set([...SURE, Number(now)])].sort((a, b) => a - b);
  return all.map((n) => ({ value: String(n), label: say('detector.sure_choice', { n }) }));
}

export function classChoices(): { value: DetectorClass; label: string }[] {
  return CLASSES.map((value) => ({ value, label: say(`kind.${value}`) }));
}

/** Where pictures go, what counts, and what that means, as sentences. */
export function detectorLines(now: Detector | undefined): string[] {
  if (!now) return [say('detector.off')];
  const what = new Intl.ListFormat(language, { type: 'unit' }).format(now.classes.map((c) => say(`kind.${c}`)));
  return [say('detector.on', { address: now.address }), say('detector.counts', { what, n: now.min_confidence })];
}

/** What leaving means, at this address: without encryption, others may read along. */
export function exitWords(address: string): string {
  return say(address.trim().toLowerCase().startsWith('https:') ? 'detector.exit' : 'detector.exit_open');
}

/** How it answers, as a sentence. */
export function statusWords({ status }: Detecting, now: Date): string {
  if (status?.fault && status.since) {
    return say('detector.fails', { reason: say(`detector.fault.${status.fault}`), time: when(new Date(status.since), now) });
  }
  return status?.asked ? say('detector.answers', { time: when(new Date(status.asked), now) }) : say('detector.unasked');
}
