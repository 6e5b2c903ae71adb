import { getContext, setContext } from 'svelte';
import type { Home } from '../api/home.svelte';

const KEY = Symbol('home');

/** Hands the signed-in person's state to the pages below. */
export function provideHome(home: Home): void {
  setContext(KEY, home);
}

export function useHome(): Home {
  return getContext<Home>(KEY);
}
