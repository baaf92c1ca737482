/** What is no entry of the conversation and still has to be known. */
import { isSame } from "./entries";
import type { Failure } from "./generated/protocol";

/** Something to know that is no entry of the conversation. */
export interface PassingNotice {
  id: number;
  kind: "notice" | "error";
  failure: Failure;
}

const KEPT = 3;

/** The newest few, each said once. Every method answers whether the list has changed. */
export class Notices {
  list: readonly PassingNotice[] = [];
  private made = 0;

  put(failure: Failure, kind: PassingNotice["kind"]): boolean {
    this.made += 1;
    const others = this.list.filter((each) => !isSame(each.failure, failure));
    this.list = [...others, { id: this.made, kind, failure }].slice(-KEPT);
    return true;
  }

  /** A card says it now. */
  drop(failure: Failure): boolean {
    return this.keep((each) => !isSame(each.failure, failure));
  }

  dismiss(id: number): boolean {
    return this.keep((each) => each.id !== id);
  }

  private keep(wanted: (each: PassingNotice) => boolean): boolean {
    const before = this.list.length;
    this.list = this.list.filter(wanted);
    return this.list.length !== before;
  }
}
