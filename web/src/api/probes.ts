import type { Scope } from './scope';
import type { Answer, Probe } from './types';

type Candidates = Answer<'/s/{scope}/api/candidates', 'get', 200>;

/** What is looked at: a device of the list, or an address. */
export type Device = { candidate: string } | { address: string };

/**
 * Devices that the hub found on its networks; `searching` says that more may come, `unscanned` what a search of every address
 * left out.
 */
export async function candidates(scope: Scope): Promise<Pick<Candidates, 'candidates' | 'searching' | 'unscanned'>> {
  return await scope.get<Candidates>('candidates');
}

/** Has the hub look also for devices that do not tell of themselves. */
export function scan(scope: Scope): Promise<void> {
  return scope.tell('POST', 'candidates/scan', {});
}

/** Looks at a device, which may take half a minute. */
export function probe(scope: Scope, device: Device, username: string, password: string): Promise<Probe> {
  return scope.post<Probe>('probes', { ...device, ...(username ? { username } : {}), ...(password ? { password } : {}) });
}

/** Changes one setting of the device, and looks again. */
export function fixProbe(scope: Scope, id: string, fix: string): Promise<Probe> {
  return scope.post<Probe>(`probes/${id}/fix`, { fixes: [fix] });
}
