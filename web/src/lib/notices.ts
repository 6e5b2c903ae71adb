import type { HubNotice } from '../api/contract';
import { en } from '../words/en';
import { say, type Key } from '../words/say';
import { span } from './time';

/** What somebody has to be told, as a sentence. */
export function noticeSentence(notice: HubNotice, camera: string | undefined): string {
  const frozen = notice.kind === 'camera-offline' && notice.detail?.['state'] === 'frozen';
  const key = `notice.${notice.kind}${frozen ? '.frozen' : ''}`;
  const name = notice.detail?.['name'];
  const address = notice.detail?.['address'];
  const away = notice.detail?.['span_ms'];
  return say((key in en ? key : 'notice.unknown') as Key, {
    camera: camera ?? say('journal.no_camera'),
    name: typeof name === 'string' ? name : say('journal.someone'),
    span: span(typeof away === 'number' ? away : 0),
    address: typeof address === 'string' ? address : '',
    kind: notice.kind,
  });
}
