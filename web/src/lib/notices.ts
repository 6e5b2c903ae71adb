import type { HubNotice } from '../api/contract';
import { en } from '../words/en';
import { say, type Key } from '../words/say';
import { refusedBy } from './crossings';
import { exact, span } from './time';

/** What somebody has to be told, as a sentence. */
export function noticeSentence(notice: HubNotice, camera: string | undefined): string {
  const frozen = notice.kind === 'camera-offline' && notice.detail?.['state'] === 'frozen';
  const refused = notice.kind === 'crossing' ? refusedBy(notice.detail?.['site']) : undefined;
  const cause = notice.kind === 'recording-stopped' ? notice.detail?.['cause'] : undefined;
  const partly = notice.kind === 'recording-stopped' && notice.detail?.['partly'] === true;
  const state = notice.kind === 'disk-trouble' || notice.kind === 'database-trouble' ? notice.detail?.['state'] : undefined;
  const disk = notice.kind === 'recording-damaged' && !notice.camera; // told to who runs the hub
  const pool = notice.kind === 'disk-trouble' || notice.kind === 'disk-back' ? notice.detail?.['pool'] : undefined;
  const named = typeof pool === 'string' ? '.named' : ''; // of several disks
  const key = `notice.${notice.kind}${named}${frozen ? '.frozen' : ''}${refused ? `.${refused}` : ''}${disk ? '.disk' : ''}`;
  const nearer = `${key}${partly ? '.partly' : ''}${typeof cause === 'string' ? `.${cause}` : ''}${typeof state === 'string' ? `.${state}` : ''}`;
  const name = named ? pool : notice.detail?.['name'];
  const address = notice.detail?.['address'];
  const lasted = notice.detail?.['span_ms'];
  const ms = typeof lasted === 'number' ? lasted : 0;
  const count = notice.detail?.['count'];
  const at = new Date(notice.at);
  return say(([nearer, key].find((k) => k in en) ?? 'notice.unknown') as Key, {
    camera: camera ?? say('journal.no_camera'),
    name: typeof name === 'string' ? name : say('journal.someone'),
    span: span(ms),
    from: exact(new Date(at.getTime() - ms)),
    to: exact(at),
    n: typeof count === 'number' ? count : 1,
    address: typeof address === 'string' ? address : '',
    kind: notice.kind,
  });
}
