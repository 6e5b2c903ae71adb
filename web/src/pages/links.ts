import Cctv from '@lucide/svelte/icons/cctv';
import ChartNoAxesGantt from '@lucide/svelte/icons/chart-no-axes-gantt';
import CircleUserRound from '@lucide/svelte/icons/circle-user-round';
import Ellipsis from '@lucide/svelte/icons/ellipsis';
import House from '@lucide/svelte/icons/house';
import LayoutGrid from '@lucide/svelte/icons/layout-grid';
import ListVideo from '@lucide/svelte/icons/list-video';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import Users from '@lucide/svelte/icons/users';
import type { Route } from '../lib/router';

interface PageLink {
  href: string;
  words: 'nav.live' | 'nav.events' | 'nav.timeline' | 'nav.cameras' | 'nav.people' | 'nav.journal' | 'nav.hub' | 'nav.account' | 'nav.more';
  icon: typeof Cctv;
  /** Where one stands when the link is the present one. */
  pages: readonly Route['page'][];
}

/** What a phone's bar and the rail both have. */
export const MAIN: readonly PageLink[] = [
  { href: '#/live', words: 'nav.live', icon: LayoutGrid, pages: ['live', 'focus'] },
  { href: '#/events', words: 'nav.events', icon: ListVideo, pages: ['events'] },
  { href: '#/timeline', words: 'nav.timeline', icon: ChartNoAxesGantt, pages: ['timeline'] },
  { href: '#/cameras', words: 'nav.cameras', icon: Cctv, pages: ['cameras', 'camera', 'camera-add'] },
];

/** What the rail has besides, and a phone has behind "More". */
export const MORE = [
  { href: '#/people', words: 'nav.people', help: 'more.people', icon: Users, pages: ['people', 'access'] },
  { href: '#/journal', words: 'nav.journal', help: 'more.journal', icon: ScrollText, pages: ['journal', 'check'] },
  { href: '#/hub', words: 'nav.hub', help: 'more.hub', icon: House, pages: ['hub'] },
  { href: '#/account', words: 'nav.account', help: 'more.account', icon: CircleUserRound, pages: ['account'] },
] as const satisfies readonly (PageLink & { help: string })[];

export const MORE_LINK: PageLink = {
  href: '#/more',
  words: 'nav.more',
  icon: Ellipsis,
  pages: ['more', 'people', 'access', 'journal', 'check', 'hub', 'account'],
};
