/** What is refused by its site, as the hub calls it, that is no mix-up inside the hub but what people and devices do. */
const OUTSIDE = { 'camera identity': 'identity', 'camera password': 'password', connection: 'connection' } as const;

type Outside = (typeof OUTSIDE)[keyof typeof OUTSIDE];

/** What was refused at a site; undefined for a mix-up inside the hub. */
export function refusedBy(site: unknown): Outside | undefined {
  return typeof site === 'string' && Object.hasOwn(OUTSIDE, site) ? OUTSIDE[site as keyof typeof OUTSIDE] : undefined;
}

/** How often what was refused, of the counts by site. */
export function refusals(bySite: Record<string, number>): Record<Outside | 'inside', number> {
  const sums = { inside: 0, identity: 0, password: 0, connection: 0 };
  for (const [site, n] of Object.entries(bySite)) sums[refusedBy(site) ?? 'inside'] += n;
  return sums;
}
