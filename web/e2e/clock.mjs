/**
 * Reads the clocks that test cards have in their pictures (cameras/fakecam/card.go), and so when what a video shows was
 * before the camera, whatever the page holds it for.
 */

/** The digits of cameras/fakecam/font.go: five columns of seven dots, the lowest bit on top. */
const DIGITS = [
  [0x3e, 0x51, 0x49, 0x45, 0x3e],
  [0x00, 0x42, 0x7f, 0x40, 0x00],
  [0x72, 0x49, 0x49, 0x49, 0x46],
  [0x21, 0x41, 0x49, 0x4d, 0x33],
  [0x18, 0x14, 0x12, 0x7f, 0x10],
  [0x27, 0x45, 0x45, 0x45, 0x39],
  [0x3c, 0x4a, 0x49, 0x49, 0x31],
  [0x41, 0x21, 0x11, 0x09, 0x07],
  [0x36, 0x49, 0x49, 0x49, 0x36],
  [0x46, 0x49, 0x49, 0x29, 0x1e],
];
/** Which letters of `15:04:05.0` are digits, and how many ms each counts. */
const PLACES = [
  [0, 36_000_000],
  [1, 3_600_000],
  [3, 600_000],
  [4, 60_000],
  [6, 10_000],
  [7, 1000],
  [9, 100],
];
/** Where the second line of a card of 640 × 360 pixels begins, how wide a letter is, and a dot. */
const CARD = { left: 32, top: 48, letter: 32, dot: 4 };

/**
 * Has the page read the clock of each picture that a video shows. What counts is how far the clock is from the picture's
 * place in the video, of the last pictures the most, for it is told in tenths of a second, the rest of which is dropped:
 * so a picture that a busy machine shows late says the same as any other.
 */
function watch({ card: { left, top, letter, dot }, digits, places }) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [10 * letter, letter];
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const read = (video) => {
    context.drawImage(video, left, top, canvas.width, canvas.height, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const at = (x, y) => data.slice((y * canvas.width + x) * 4, (y * canvas.width + x) * 4 + 3);
    const paper = at(0, 0);
    const inked = (x, y) => at(x, y).reduce((sum, v, i) => sum + Math.abs(v - paper[i]), 0) > 90;
    const column = (i, x) => Array.from({ length: 7 }, (_, y) => (inked(i * letter + (x + 1.5) * dot, (y + 0.5) * dot) ? 1 << y : 0)).reduce((a, b) => a | b);
    return places.reduce((sum, [i, worth]) => sum + worth * digits.findIndex((d) => d.every((dots, x) => dots === column(i, x))), 0);
  };
  for (const video of document.querySelectorAll('video')) {
    video.clocks = [];
    const next = (_, { mediaTime }) => {
      video.clocks = [...video.clocks.slice(-19), read(video) - mediaTime * 1000];
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
  }
}

export function watchClocks(page) {
  return page.evaluate(watch, { card: CARD, digits: DIGITS, places: PLACES });
}

/** The moment at which each video of a page is, in ms of the day (UTC), by the clock of the camera. */
export function clocks(page) {
  return page.evaluate(() => [...document.querySelectorAll('video')].map((video) => Math.round(Math.max(...video.clocks) + video.currentTime * 1000)));
}
