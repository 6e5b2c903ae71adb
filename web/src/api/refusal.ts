import type { Problem } from './types';

/**
 * Why the hub did not do what was asked, in the kinds the pages speak of:
 * offline (no answer at all), absent (not there or not yours), denied (known but not allowed), wrong (credentials),
 * throttled, invalid (a field is at fault), taken (somebody was first), busy (the hub is in doubt and says so), fault (anything else),
 * dropped (this page no longer belongs to the session that asked).
 */
export type RefusalKind =
  | 'offline'
  | 'absent'
  | 'denied'
  | 'wrong'
  | 'throttled'
  | 'invalid'
  | 'taken'
  | 'busy'
  | 'fault'
  | 'dropped';

export class Refusal extends Error {
  readonly kind: RefusalKind;
  /** The hub's own word for the case, where it has one: `second-factor`, `password-again` … */
  readonly reason: string | undefined;
  /** A sentence of the hub to show, where it gave one. */
  readonly detail: string | undefined;
  /** The field at fault. */
  readonly field: string | undefined;
  /** Seconds to wait, where the hub said so. */
  readonly retryAfter: number | undefined;

  constructor(kind: RefusalKind, more: { reason?: string; detail?: string; field?: string; retryAfter?: number } = {}) {
    super(`api: ${kind}`);
    this.kind = kind;
    this.reason = more.reason;
    this.detail = more.detail;
    this.field = more.field;
    this.retryAfter = more.retryAfter;
  }
}

/** Any thrown thing as a refusal; a fetch that failed outright is offline. */
export function asRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  if (thrown instanceof DOMException && thrown.name === 'AbortError') return new Refusal('dropped');
  return new Refusal(thrown instanceof TypeError ? 'offline' : 'fault');
}

const KINDS: Readonly<Record<number, RefusalKind>> = {
  400: 'invalid',
  401: 'wrong',
  403: 'denied',
  404: 'absent',
  409: 'taken',
  422: 'invalid',
  429: 'throttled',
  503: 'busy',
};

const KIND = 'urn:lares:problem:';

/** The refusal an answer with an error status means. */
export async function refusalOf(answer: Response): Promise<Refusal> {
  const problem = await readProblem(answer);
  const retryAfter = Number(answer.headers.get('Retry-After') ?? Number.NaN);
  return new Refusal(KINDS[answer.status] ?? 'fault', {
    ...(problem?.type?.startsWith(KIND) ? { reason: problem.type.slice(KIND.length) } : {}),
    ...(problem?.detail ? { detail: problem.detail } : {}),
    ...(problem?.field ? { field: problem.field } : {}),
    ...(Number.isFinite(retryAfter) ? { retryAfter } : {}),
  });
}

async function readProblem(answer: Response): Promise<Problem | undefined> {
  if (!answer.headers.get('Content-Type')?.startsWith('application/problem+json')) return undefined;
  try {
    return (await answer.json()) as Problem;
  } catch {
    return undefined;
  }
}
