import { asRefusal, Refusal } from '../api/refusal';
import { sentence } from './explain';

export interface Fault {
  field: string | undefined;
  text: string;
}

/** Ends an attempt before the hub is asked, with what is wrong with what was filled in. */
export function refuse(text: string, field?: string): never {
  throw new Refusal('invalid', { detail: text, ...(field ? { field } : {}) });
}

/** One thing a person asks for, from the press of a button to the hub's answer. */
export class Attempt {
  busy = $state(false);
  fault = $state.raw<Fault>();

  /**
   * Tells whether it was done. `words` may put a refusal better than the general sentence; what a person broke off
   * themselves is no fault.
   */
  async run(act: () => Promise<unknown>, words: (refusal: Refusal) => string | undefined = () => undefined): Promise<boolean> {
    this.busy = true;
    this.fault = undefined;
    try {
      await act();
      return true;
    } catch (thrown) {
      const refusal = asRefusal(thrown);
      if (refusal.kind !== 'dropped') this.fault = { field: refusal.field, text: words(refusal) ?? sentence(refusal) };
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** As `run`, for a button with no room beside it for what went wrong: `tell` says it elsewhere. */
  async press(act: () => Promise<unknown>, tell: (reason: string) => void): Promise<boolean> {
    const done = await this.run(act);
    if (this.fault) tell(this.fault.text);
    return done;
  }

  /** What is wrong with one field. */
  of(field: string): string | undefined {
    return this.fault?.field === field ? this.fault.text : undefined;
  }

  /** What is wrong and belongs to none of the fields shown. */
  besides(...fields: string[]): string | undefined {
    return this.fault && !fields.includes(this.fault.field ?? '') ? this.fault.text : undefined;
  }
}
