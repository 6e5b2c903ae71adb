import type { Kind, Lane, Timeline } from '../api/timeline';
import type { TimeWindow } from './timewindow';

/** The order in which bars of kinds stand on each other, the rarest on top, where it is seen. */
export const KINDS: readonly Kind[] = ['motion', 'camera', 'sound', 'trigger', 'doorbell', 'tamper'];

/** The outline of the bars of each kind, of a lane so wide and high: as long as events went on, or as many as there were. */
export function bars(t: Timeline, lane: Lane, w: TimeWindow, width: number, height: number): { kind: Kind; path: string }[] {
  const scale = width / (w.to - w.from);
  const step = t.step * scale;
  const first = Math.max(0, Math.floor((w.from - t.from) / t.step));
  const end = Math.min(lane.busy.length, Math.ceil((w.to - t.from) / t.step));
  const kinds = KINDS.filter((k) => lane.counts[k]);
  const total = (n: number): number => kinds.reduce((sum, k) => sum + (lane.counts[k]?.[n] ?? 0), 0);
  let most = 1;
  for (let n = first; n < end; n++) most = Math.max(most, total(n));
  const paths = new Map<Kind, string>();
  for (let n = first; n < end; n++) {
    const all = total(n);
    if (all === 0) continue;
    const x = (t.from + n * t.step - w.from) * scale;
    // One event is seen beside a hundred.
    const high = height * (0.25 + 0.75 * Math.sqrt((all - 1) / Math.max(1, most - 1)));
    let y = height;
    for (const k of kinds) {
      const part = ((lane.counts[k]?.[n] ?? 0) / all) * (most === 1 ? height * 0.6 : high);
      if (part === 0) continue;
      y -= part;
      paths.set(k, `${paths.get(k) ?? ''}M${round(x)} ${round(y)}h${round(Math.max(1.5, step - 0.75))}v${round(part)}h${round(-Math.max(1.5, step - 0.75))}z`);
    }
  }
  return [...paths].map(([kind, path]) => ({ kind, path }));
}

/** Spans as an outline, each at least a pixel wide. */
export function spansPath(spans: readonly (readonly [number, number])[], w: TimeWindow, width: number, top: number, height: number): string {
  const scale = width / (w.to - w.from);
  return spans
    .filter(([from, to]) => to > w.from && from < w.to)
    .map(([from, to]) => {
      const x = Math.max(-2, (from - w.from) * scale);
      return `M${round(x)} ${top}h${round(Math.max(1, Math.min(width + 2, (to - w.from) * scale) - x))}v${height}H${round(x)}z`;
    })
    .join('');
}

function round(n: number): number {
  return Math.round(n * 100) / 100;
}
