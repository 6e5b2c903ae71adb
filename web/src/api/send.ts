import { hubTime } from './hubtime';
import { refusalOf } from './refusal';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface Ask {
  method: Method;
  body?: unknown;
  signal?: AbortSignal;
}

/** The status for a connection that belongs to another session; the hub has not acted on the request. */
const MISDIRECTED = 421;

/** One request of this origin; anything but success is thrown as a Refusal. */
export async function send(path: string, ask: Ask): Promise<Response> {
  let answer = await once(path, ask);
  if (answer.status === MISDIRECTED) answer = await once(path, ask);
  hubTime.observe(answer.headers.get('Date'));
  if (!answer.ok) throw await refusalOf(answer);
  return answer;
}

function once(path: string, ask: Ask): Promise<Response> {
  return fetch(path, {
    method: ask.method,
    credentials: 'same-origin',
    cache: 'no-store',
    redirect: 'error',
    ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body), headers: { 'Content-Type': 'application/json' } }),
    ...(ask.signal ? { signal: ask.signal } : {}),
  });
}
