interface ManagedWindow {
  ManagedMediaSource?: typeof MediaSource;
}

/** The browser's media source: the managed kind where there is one (iPhone has no other), or none at all. */
export function mediaSource(): typeof MediaSource | undefined {
  return (globalThis as ManagedWindow).ManagedMediaSource ?? globalThis.MediaSource;
}
