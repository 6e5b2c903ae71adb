/**
 * Sentences with holes, in the part of ICU MessageFormat that a translator needs: `{name}`,
 * `{n, plural, =0 {…} one {…} other {…}}` with `#` for the number, and `{kind, select, motion {…} other {…}}`.
 * Apostrophes are letters here; there is no quoting.
 */
export type Values = Readonly<Record<string, string | number>>;

/** Fills one sentence. A hole without a value is a fault of the caller and throws. */
export function fill(message: string, values: Values, language: string): string {
  const [text, end] = read(message, 0, values, language, undefined);
  if (end !== message.length) throw new Error(`words: a brace too many in "${message}"`);
  return text;
}

function read(s: string, from: number, values: Values, language: string, count: number | undefined): [string, number] {
  let out = '';
  let i = from;
  while (i < s.length && s[i] !== '}') {
    if (s[i] === '{') {
      const [text, next] = hole(s, i + 1, values, language);
      out += text;
      i = next;
    } else {
      out += s[i] === '#' && count !== undefined ? count.toLocaleString(language) : s[i];
      i++;
    }
  }
  return [out, i];
}

function hole(s: string, from: number, values: Values, language: string): [string, number] {
  const head = /^\s*(\w+)\s*(?:,\s*(plural|select)\s*,)?/.exec(s.slice(from));
  if (!head) throw new Error(`words: a hole without a name in "${s}"`);
  const name = head[1] ?? '';
  const value = values[name];
  if (value === undefined) throw new Error(`words: nothing given for {${name}} in "${s}"`);
  let i = from + head[0].length;
  if (!head[2]) {
    if (s[i] !== '}') throw new Error(`words: {${name} is not closed in "${s}"`);
    return [String(value), i + 1];
  }
  const cases = new Map<string, string>();
  for (;;) {
    const label = /^\s*(=?\w+)\s*\{/.exec(s.slice(i));
    if (!label) break;
    const start = i + label[0].length;
    const end = closing(s, start);
    cases.set(label[1] ?? '', s.slice(start, end));
    i = end + 1;
  }
  const chosen = head[2] === 'plural' ? pluralCase(cases, Number(value), language) : cases.get(String(value));
  const text = chosen ?? cases.get('other');
  if (text === undefined) throw new Error(`words: {${name}} has no "other" in "${s}"`);
  const [filled] = read(text, 0, values, language, head[2] === 'plural' ? Number(value) : undefined);
  return [filled, closing(s, i) + 1];
}

function pluralCase(cases: Map<string, string>, n: number, language: string): string | undefined {
  return cases.get(`=${n}`) ?? cases.get(new Intl.PluralRules(language).select(n));
}

/** Index of the brace that closes what was opened before `from`. */
function closing(s: string, from: number): number {
  let depth = 1;
  for (let i = from; i < s.length; i++) {
    if (s[i] === '{') depth++;
    if (s[i] === '}' && --depth === 0) return i;
  }
  throw new Error(`words: a brace is missing in "${s}"`);
}
