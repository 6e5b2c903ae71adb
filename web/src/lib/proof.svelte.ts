/** The question for the password in the middle of something else. Those who ask while it stands share one answer. */
export class Proof {
  asking = $state(false);
  #answer: Promise<boolean> | undefined;
  #settle: (given: boolean) => void = () => undefined;

  ask(): Promise<boolean> {
    this.#answer ??= new Promise((settle) => {
      this.asking = true;
      this.#settle = settle;
    });
    return this.#answer;
  }

  /** Ends the question: the hub took the password, or the person thought better of it. */
  settle(given: boolean): void {
    this.asking = false;
    this.#answer = undefined;
    this.#settle(given);
  }
}
