/** Tasks as they stand, and what each is doing this moment. */
import type { Activity, TaskId, TaskView } from "./generated/protocol";
import type { Touch } from "./keys";

export class Tasks {
  private known = new Map<TaskId, TaskView>();
  private listed: readonly TaskView[] = [];
  private isStale = false;
  private activities = new Map<TaskId, Activity>();
  private touch: Touch;

  constructor(touch: Touch) {
    this.touch = touch;
  }

  get(id: TaskId): TaskView | undefined {
    return this.known.get(id);
  }

  has(id: TaskId): boolean {
    return this.known.has(id);
  }

  activity(id: TaskId): Activity | undefined {
    return this.activities.get(id);
  }

  /** Every task, in the order they were planned; the same list until one of them changes. */
  all(): readonly TaskView[] {
    if (this.isStale) {
      this.isStale = false;
      this.listed = [...this.known.values()];
    }
    return this.listed;
  }

  put(task: TaskView): void {
    this.known.set(task.id, task);
    this.isStale = true;
    this.touch("tasks");
    this.touch(`task:${task.id}`);
    if (task.activity) {
      this.note(task.id, task.activity);
    }
  }

  note(task: TaskId, activity: Activity): void {
    this.activities.set(task, activity);
    this.touch(`activity:${task}`);
  }
}
