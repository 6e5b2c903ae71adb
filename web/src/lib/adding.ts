import { addCamera } from '../api/calls';
import type { Home } from '../api/home.svelte';
import { probe } from '../api/probes';
import { asRefusal } from '../api/refusal';
import type { Candidate, Probe } from '../api/types';
import { say } from '../words/say';
import { candidateName } from './candidates';
import { chosen, picksOf, type Pick } from './channels';
import { sentence } from './explain';

/** The longest name the hub takes, in characters. */
export const MOST_NAME = 64;

/** A camera that was added beside another one, and what was seen of it. */
export interface Added {
  name: string;
  seen: Probe;
}

/** Adds the channels that were chosen, one after the other. What was added stays so if one of them is refused. */
export async function addChannels(home: Home, probed: string, picks: readonly Pick[]): Promise<string[]> {
  const cameras: string[] = [];
  try {
    for (const pick of chosen(picks)) {
      cameras.push((await addCamera(home.scope, { name: pick.name.trim(), probe: probed, source: pick.source })).id);
      pick.added = true;
    }
  } finally {
    if (cameras.length > 0) {
      home.toasts.show(say('look.added', { n: cameras.length }));
      await home.cameras.refresh();
    }
  }
  return cameras;
}

interface SignIn {
  username: string;
  password: string;
}

/** Adds more of the same maker with the same password; what does not take it waits in the list for a look of its own. */
export async function addOthers(home: Home, others: readonly Candidate[], signIn: SignIn): Promise<Added[]> {
  const left: Record<'refused' | 'recorder', string[]> = { refused: [], recorder: [] };
  const added: Added[] = [];
  for (const c of others) {
    const name = candidateName(c);
    const end = await addOne(home, c, signIn);
    if (end === 'told') continue;
    if (typeof end === 'string') left[end].push(name);
    else added.push({ name, seen: end });
  }
  if (left.refused.length > 0) home.toasts.show(say('look.also_failed', { n: left.refused.length, name: left.refused.join(', ') }));
  if (left.recorder.length > 0) home.toasts.show(say('look.also_recorders', { n: left.recorder.length, name: left.recorder.join(', ') }));
  return added;
}

/** What was seen of a camera that is added, or why it is not; `told` where a toast says it. */
async function addOne(home: Home, c: Candidate, { username, password }: SignIn): Promise<Probe | 'refused' | 'recorder' | 'told'> {
  const name = candidateName(c);
  const tell = (reason: string): 'told' => {
    home.toasts.show(say('look.also_kept', { name, reason }));
    return 'told';
  };
  try {
    const probed = await probe(home.scope, { candidate: c.id }, username, password);
    if (probed.state === 'wrong password') return 'refused';
    if (probed.state !== 'ready') return tell(probed.message ?? '');
    if (picksOf(probed).length > 0) return 'recorder';
    await addCamera(home.scope, { name: name.slice(0, MOST_NAME), probe: probed.id });
    return probed;
  } catch (thrown) {
    const refusal = asRefusal(thrown);
    return tell(refusal.detail ?? sentence(refusal));
  }
}
