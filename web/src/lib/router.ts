import { type Narrowing, readNarrowing, writeNarrowing } from './filters';

/** The pages one can stand on. The scope is never part of an address: histories and shared links must not hold it. */
export type Route =
  | { page: 'live' }
  | { page: 'focus'; camera: string }
  | { page: 'events'; camera?: string; event?: string; narrowing?: Narrowing }
  | { page: 'timeline'; cameras?: string[]; at?: number }
  | { page: 'cameras' }
  | { page: 'camera-add' }
  | { page: 'camera'; camera: string }
  | { page: Plain };

/** Pages that need nothing but their name. */
const PLAIN = ['more', 'people', 'access', 'journal', 'check', 'hub', 'account'] as const;
type Plain = (typeof PLAIN)[number];

const ID = /^[0-9a-f]{32}$/;

/** Reads the part of the address after `#`. Unknown addresses lead to the first page. */
export function parse(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [head, id = '', ...rest] = path.split('/');
  const known = ID.test(id) && rest.length === 0;
  if (head === 'live' && known) return { page: 'focus', camera: id };
  if (head === 'cameras' && id === 'add' && rest.length === 0) return { page: 'camera-add' };
  if (head === 'cameras' && known) return { page: 'camera', camera: id };
  if (head === 'cameras' && id === '') return { page: 'cameras' };
  if (head === 'events') {
    const search = new URLSearchParams(query);
    const camera = search.get('camera') ?? '';
    const narrowing = readNarrowing(search);
    return {
      page: 'events',
      ...(known ? { event: id } : {}),
      ...(ID.test(camera) ? { camera } : {}),
      ...(Object.keys(narrowing).length > 0 ? { narrowing } : {}),
    };
  }
  if (head === 'timeline' && id === '') {
    const search = new URLSearchParams(query);
    const cameras = (search.get('cameras') ?? '').split(',').filter((c) => ID.test(c));
    const at = Number(search.get('at'));
    return { page: 'timeline', ...(cameras.length > 0 ? { cameras } : {}), ...(at > 0 && at < 8e15 ? { at } : {}) };
  }
  const plain = PLAIN.find((name) => name === head);
  return plain && id === '' ? { page: plain } : { page: 'live' };
}

/** The address of a route, beginning with `#`. */
export function href(route: Route): string {
  switch (route.page) {
    case 'live':
      return '#/live';
    case 'focus':
      return `#/live/${route.camera}`;
    case 'events': {
      const query = [route.camera ? `camera=${route.camera}` : '', writeNarrowing(route.narrowing ?? {})].filter(Boolean).join('&');
      return `#/events${route.event ? `/${route.event}` : ''}${query ? `?${query}` : ''}`;
    }
    case 'timeline': {
      const query = [route.cameras ? `cameras=${route.cameras.join()}` : '', route.at ? `at=${Math.round(route.at)}` : ''].filter(Boolean).join('&');
      return `#/timeline${query ? `?${query}` : ''}`;
    }
    case 'cameras':
      return '#/cameras';
    case 'camera-add':
      return '#/cameras/add';
    case 'camera':
      return `#/cameras/${route.camera}`;
    default:
      return `#/${route.page}`;
  }
}
