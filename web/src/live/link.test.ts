import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { HubEvent } from '../api/types';
import { type Ear, LiveLink } from './link';

/** A socket whose other end is the test. */
class Socket {
  static readonly OPEN = 1;
  static all: Socket[] = [];
  readyState = 0;
  said: string[] = [];
  onopen?: () => void;
  onmessage?: (m: { data: string }) => void;
  onclose?: () => void;

  constructor() {
    Socket.all.push(this);
  }

  send(text: string): void {
    this.said.push(JSON.parse(text).op);
  }

  open(): void {
    this.readyState = Socket.OPEN;
    this.onopen?.();
  }

  tell(answer: object): void {
    this.onmessage?.({ data: JSON.stringify(answer) });
  }

  close(): void {
    this.readyState = 3;
    this.onclose?.();
  }
}

let heard: string[];
const ear: Ear = { event: (e) => void heard.push(e.id), anew: () => void heard.push('anew') };
const event = (id: string): HubEvent => ({ id, camera: 'c', clips: [], kind: 'motion', start: '2026-03-01T18:03:12Z', thumbnail: false, recording: false });

beforeEach(() => {
  heard = [];
  Socket.all = [];
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', Socket);
  vi.stubGlobal('document', { hidden: false, addEventListener: () => undefined, removeEventListener: () => undefined });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('asks for events where somebody hears, and has them ask anew after every break', () => {
  const failed = vi.fn();
  const link = new LiveLink('ws://hub', failed);
  const end = link.hear(ear);
  const [first] = Socket.all;
  first?.open();
  expect(first?.said).toEqual(['events']);
  first?.tell({ type: 'events' });
  first?.tell({ type: 'event', event: event('one') });
  first?.tell({ type: 'event', event: { id: 7 } });
  first?.tell({ type: 'events-missed' });
  expect(heard).toEqual(['anew', 'one', 'anew']);

  first?.close();
  expect(failed).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(10_000);
  const second = Socket.all[1];
  second?.open();
  second?.tell({ type: 'events' });
  expect(second?.said).toEqual(['events']);
  expect(heard).toEqual(['anew', 'one', 'anew', 'anew']);

  end();
  second?.tell({ type: 'event', event: event('late') });
  expect(second?.said.at(-1)).toBe('events-stop');
  expect(heard).toHaveLength(4);
  second?.close();
  vi.advanceTimersByTime(60_000);
  expect(Socket.all).toHaveLength(2);
  link.close();
});
