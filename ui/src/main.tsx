// Before everything else: what a component says about itself wins over these.
import "./ui/tokens.css";
import "./ui/base.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { NotOpened } from "./app/NotOpened";
import type { Backend } from "./ipc/backend";
import { failureOf } from "./ipc/backend";
import { cardOf } from "./ipc/cards";
import { open } from "./ipc/load";
import { insideShell, tauriBackend } from "./ipc/tauri";
import { handsMove } from "./lib/beat";
import { failureText } from "./lib/failure";
import { jumpTo, showView, useWindow } from "./lib/window";
import { strings } from "./strings/strings";

/** The shell if there is one; in a plain browser, and only in builds made for it, a recorded journal. */
async function backend(): Promise<Backend | null> {
  if (insideShell()) {
    return tauriBackend();
  }
  if (import.meta.env.MODE === "production") {
    return null;
  }
  const { fakeBackend } = await import("./ipc/fake/fake");
  return fakeBackend(new URLSearchParams(location.search));
}

async function start(): Promise<void> {
  const root = document.getElementById("root");
  if (!root) {
    return;
  }
  const tree = createRoot(root);
  try {
    const behind = await backend();
    if (!behind) {
      tree.render(<p>{strings.noBackend}</p>);
      return;
    }
    const { conversation, facts, draft } = await open(behind);
    conversation.onShow((task) => {
      const card = cardOf(conversation, task);
      if (card) {
        jumpTo(card);
      } else {
        // Its card is further up than has been read; what it needs stands in Now as well.
        showView("now");
      }
    });
    useWindow.setState({ draft, focus: 1 });
    tree.render(
      <StrictMode>
        <App ampersand={{ backend: behind, conversation, facts }} />
      </StrictMode>,
    );
  } catch (error) {
    tree.render(<NotOpened why={failureText(failureOf(error))} />);
  }
}

const theme = new URLSearchParams(location.search);
for (const name of ["theme", "contrast"] as const) {
  const value = theme.get(name);
  if (value) {
    document.documentElement.dataset[name] = value;
  }
}

document.documentElement.lang = strings.language;

window.addEventListener("keydown", handsMove, true);

void start();
