import type { Action } from "../lib/actions";
import { Button, type Tone } from "./Button";
import { Icon } from "./icons";

/** An action as a button; draws nothing if the action is not possible at all. */
export function ActionButton({
  action,
  tone,
  icon = false,
}: {
  action: Action | undefined;
  tone?: Tone;
  icon?: boolean;
}) {
  if (!action) {
    return null;
  }
  return (
    <Button tone={tone ?? action.tone ?? "plain"} blocked={action.blocked} onClick={action.run}>
      {icon ? <Icon name={action.icon} /> : null}
      {action.label}
    </Button>
  );
}
