/** The video code, loaded with the first tile. */
export { LiveLink } from './link';
export { LiveView } from './view.svelte';
