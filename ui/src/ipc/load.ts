/** Reading the conversation from the backend: everything at the start, older pages on demand. */
import type { Backend } from "./backend";
import { failureOf } from "./backend";
import type { Facts } from "./bridge";
import { Conversation } from "./store";

const FIRST_PAGE = 40;
const PAGE = 80;

/** What the first answers bring. */
export interface Opening {
  conversation: Conversation;
  facts: Facts;
  draft: string;
}

/** Subscribes, then asks for everything. What updates bring meanwhile is newer than the answers and wins. */
export async function open(backend: Backend): Promise<Opening> {
  const conversation = new Conversation();
  await backend.subscribe((batch) => {
    if (conversation.apply(batch)) {
      void refresh(conversation, backend);
    }
  });
  const [facts, tasks, page, draft] = await Promise.all([
    backend.query({ kind: "facts" }),
    backend.query({ kind: "tasks" }),
    backend.query({ kind: "history", before: null, limit: FIRST_PAGE }),
    backend.query({ kind: "draft" }),
  ]);
  conversation.seedTasks(tasks);
  conversation.seedHistory(page);
  conversation.setPlace({ ready: true, repository: facts.repository, model: facts.model, link: facts.link });
  return { conversation, facts, draft };
}

/** Updates spoke of what is not known: the newest is asked for again. */
async function refresh(conversation: Conversation, backend: Backend): Promise<void> {
  try {
    const [tasks, page] = await Promise.all([
      backend.query({ kind: "tasks" }),
      backend.query({ kind: "history", before: null, limit: FIRST_PAGE }),
    ]);
    conversation.seedTasks(tasks, true);
    conversation.seedHistory(page, true);
  } catch (error) {
    conversation.notice(failureOf(error));
  }
}

const asking = new WeakSet<Conversation>();

/** The page before the oldest entry known, unless it is being read already or there is none. */
export async function loadEarlier(conversation: Conversation, backend: Backend): Promise<void> {
  const before = conversation.readDownTo();
  if (before === null || !conversation.hasEarlier() || asking.has(conversation)) {
    return;
  }
  asking.add(conversation);
  try {
    conversation.seedHistory(await backend.query({ kind: "history", before, limit: PAGE }));
  } catch (error) {
    conversation.notice(failureOf(error));
  } finally {
    asking.delete(conversation);
  }
}
