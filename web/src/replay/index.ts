export { Playhead, SPEEDS } from './playhead.svelte';
export { Reel } from './reel';
