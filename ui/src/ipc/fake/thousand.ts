import { uuidv7 } from "../../lib/uuid";
import type { Message, MessageBody, Update } from "../generated/protocol";
import type { Line } from "./journal";

const COUNT = 1000;
const START = Date.parse("2026-11-12T08:00:00Z");
const MINUTE = 60_000;

const QUESTIONS = [
  "Where is the session opened?",
  "And who calls it?",
  "What would break if the token had its own type?",
  "Is there a test for an expired session?",
  "Why is the config read twice?",
];

const ANSWERS = [
  "In `src/auth/session.rs`, by `Session::open`.",
  "Three places:\n\n1. `billing::charge`\n2. `api::login`\n3. the tests\n\nOnly the first passes a lifetime.",
  "Nothing outside the module. Inside it, two comparisons would stop compiling, which is **what you want**:\n\n```rust\nif session.token == *given {\n    return Ok(session);\n}\n```\n\nBoth should go through `matches`.",
  "No. `tests/session.rs` opens one and never lets it expire.",
  "Once for the log level, before anything else starts, and once for the rest. The first could hand its result on.",
];

/** A thousand entries, the same every time. */
export function thousand(): Line[] {
  const lines: Line[] = [
    {
      now: new Date(START + (COUNT + 1) * MINUTE).toISOString(),
      facts: {
        model: "some-model",
        repository: {
          root: "/home/someone/payments-api",
          name: "payments-api",
          branch: "main",
          commit: "3f2a91c0d4e5",
          uncommitted: 0,
          checks: [],
          app: null,
          trusted: true,
        },
      },
    },
  ];
  let asked = "";
  for (let n = 0; n < COUNT; n += 1) {
    const at = new Date(START + n * MINUTE).toISOString();
    const id = uuidv7(START + n * MINUTE);
    const turn = Math.floor(n / 2);
    const body: MessageBody =
      n % 2 === 0
        ? { kind: "said", text: `${turn + 1}. ${QUESTIONS[turn % QUESTIONS.length]}`, understood: null }
        : {
            kind: "reply",
            text: ANSWERS[turn % ANSWERS.length] ?? "",
            to: asked,
            state: { name: "done" },
            left_out: null,
          };
    asked = id;
    const message: Message = { id, position: n + 1, at, body };
    const update: Update = { at, type: "message", message };
    lines.push({ wait: 0, update });
  }
  return lines;
}
