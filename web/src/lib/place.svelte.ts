import { href, parse, type Route } from './router';

/** Where the person stands, following the address bar. */
class Place {
  route = $state.raw<Route>(parse(location.hash));

  constructor() {
    addEventListener('hashchange', () => {
      this.route = parse(location.hash);
    });
  }

  go(route: Route): void {
    location.hash = href(route);
  }

  /** Moves without a new step in the history: for choosing among things of one page. */
  swap(route: Route): void {
    history.replaceState(null, '', href(route));
    this.route = route;
  }
}

export const place = new Place();
