/** Questions that wait for the person, and the cards they stand on. */
import type { Approval, ApprovalId, Message, MessageId } from "./generated/protocol";
import type { Touch } from "./keys";

/** An open question. */
export interface OpenApproval {
  approval: Approval;
  /** The card it stands on, once that is known. */
  message: MessageId | null;
}

export class Approvals {
  list: readonly OpenApproval[] = [];
  private open = new Map<ApprovalId, OpenApproval>();
  private touch: Touch;

  constructor(touch: Touch) {
    this.touch = touch;
  }

  /** Takes in what is open now; with `replace`, nothing else is. `cardOf` finds cards that are not known here yet. */
  seed(approvals: readonly Approval[], replace: boolean, cardOf: (id: ApprovalId) => MessageId | null): void {
    const before = new Map(this.open);
    if (replace) {
      this.open.clear();
    }
    for (const approval of approvals) {
      this.open.set(approval.id, {
        approval,
        message: before.get(approval.id)?.message ?? cardOf(approval.id),
      });
    }
    this.relist();
  }

  /** A question was asked, or answered. Answers the card it is known to stand on. */
  take(approval: Approval, answered: boolean): MessageId | null {
    const message = this.open.get(approval.id)?.message ?? null;
    if (answered) {
      this.open.delete(approval.id);
    } else {
      this.open.set(approval.id, { approval, message });
    }
    this.relist();
    return message;
  }

  /** A card may say that a question is open or was answered. */
  read({ id, body }: Message): void {
    if (body.kind !== "needs_you") {
      return;
    }
    const known = this.open.get(body.approval.id);
    if (body.answered === null && known?.message !== id) {
      this.open.set(body.approval.id, { approval: body.approval, message: id });
      this.relist();
    } else if (body.answered !== null && known) {
      this.open.delete(body.approval.id);
      this.relist();
    }
  }

  private relist(): void {
    this.list = [...this.open.values()];
    this.touch("approvals");
  }
}
