/** The code to speak, loaded with the first press. */
export { Talk, type Trouble } from './talk.svelte';
