import { describe, expect, it, vi } from 'vitest';
import { Talk, parseTalk, troubleOf } from './talk.svelte';

describe('what the hub says of a voice', () => {
  it.each([{ type: 'ready' }, { type: 'ended', reason: 'taken' }])('reads %o', (message) => {
    expect(parseTalk(JSON.stringify(message))).toEqual(message);
  });

  it.each(['', '7', 'null', '{"type":"ended"}', '{"type":"news"}'])('refuses %s', (text) => {
    expect(parseTalk(text)).toBeUndefined();
  });
});

describe('a voice', () => {
  it('says that the page is not secure before it asks for anything', () => {
    const ended = vi.fn();
    vi.stubGlobal('isSecureContext', false);
    const talk = new Talk('wss://hub/talk', ended);
    vi.unstubAllGlobals();
    expect(ended.mock.calls).toEqual([['insecure']]);
    talk.stop();
    expect(ended).toHaveBeenCalledTimes(1);
  });

  it('says that the microphone was refused, or is not there', () => {
    expect(troubleOf(new DOMException('', 'NotAllowedError'))).toBe('refused');
    expect(troubleOf(new DOMException('', 'SecurityError'))).toBe('refused');
    expect(troubleOf(new DOMException('', 'NotFoundError'))).toBe('no microphone');
    expect(troubleOf(undefined)).toBe('no microphone');
  });

  it('gives a microphone back that came too late', async () => {
    const stop = vi.fn();
    let give: (stream: unknown) => void = () => undefined;
    vi.stubGlobal('isSecureContext', true);
    vi.stubGlobal('navigator', { mediaDevices: { getUserMedia: () => new Promise((done) => (give = done)) } });
    const ended = vi.fn();
    const talk = new Talk('wss://hub/talk', ended);
    talk.stop();
    give({ getTracks: () => [{ stop }] });
    await Promise.resolve();
    await Promise.resolve();
    vi.unstubAllGlobals();
    expect(stop).toHaveBeenCalledTimes(1);
    expect(ended.mock.calls).toEqual([[undefined]]);
  });
});
