/** Runs named steps one after the other; each may rely on the ones before, so the first failure ends the run. */
export class Steps {
  #passed = 0;
  #failed = 0;

  async step(name, run) {
    if (this.#failed > 0) return;
    const start = performance.now();
    try {
      await run();
      this.#passed++;
      console.log(`ok    ${name} (${Math.round(performance.now() - start)} ms)`);
    } catch (e) {
      this.#failed++;
      console.log(`FAIL  ${name}\n${String(e?.stack ?? e).replace(/^/gm, '      ')}`);
    }
  }

  /** Prints the sum and sets the exit status. */
  finish() {
    console.log(`${this.#passed} passed, ${this.#failed} failed`);
    if (this.#failed > 0 || this.#passed === 0) process.exitCode = 1;
  }

  get failed() {
    return this.#failed > 0;
  }
}

/** Asks again and again until `ask` gives something true; throws with `what` when `ms` have passed. */
export async function until(what, ms, ask) {
  const end = performance.now() + ms;
  let last;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = undefined;
    } catch (e) {
      last = e;
    }
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}${last ? ` (${last})` : ''}`);
    await new Promise((go) => setTimeout(go, 100));
  }
}

export function check(condition, message) {
  if (!condition) throw new Error(message);
}
