import { hubTime } from '../api/hubtime';

/** The hub's clock, once a second, for everything that shows an age. */
class Now {
  date = $state.raw(new Date(hubTime.now()));

  constructor() {
    setInterval(() => {
      this.date = new Date(hubTime.now());
    }, 1000);
  }
}

export const now = new Now();
