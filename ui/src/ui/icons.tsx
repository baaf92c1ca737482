import type { ReactNode } from "react";

const PATHS = {
  branch: (
    <>
      <circle cx="4.5" cy="3.75" r="1.75" />
      <circle cx="4.5" cy="12.25" r="1.75" />
      <circle cx="11.5" cy="5.25" r="1.75" />
      <path d="M4.5 5.5v5M11.5 7c0 2.4-2.6 2.6-4.6 3.1" />
    </>
  ),
  search: (
    <>
      <circle cx="7" cy="7" r="4.25" />
      <path d="m10.25 10.25 3.25 3.25" />
    </>
  ),
  right: <path d="m6.25 4.5 3.5 3.5-3.5 3.5" />,
  down: <path d="m4.5 6.25 3.5 3.5 3.5-3.5" />,
  more: (
    <g fill="currentColor" stroke="none">
      <circle cx="3.5" cy="8" r="1.15" />
      <circle cx="8" cy="8" r="1.15" />
      <circle cx="12.5" cy="8" r="1.15" />
    </g>
  ),
  out: <path d="M6.5 3.5h-3v9h9v-3M9 3.5h3.5V7M12.25 3.75 7.5 8.5" />,
  folder: <path d="M2.25 4.5v8h11.5v-6.5H8L6.5 4.5z" />,
  up: <path d="M8 13V3.25M3.75 7.5 8 3.25l4.25 4.25" />,
  arrowDown: <path d="M8 3v9.75M3.75 8.5 8 12.75l4.25-4.25" />,
  undo: <path d="M3 6.5h6.25a3.25 3.25 0 0 1 0 6.5H6M3 6.5 6 3.5M3 6.5l3 3" />,
  close: <path d="m4 4 8 8M12 4l-8 8" />,
  pause: <path d="M5.5 3.5v9M10.5 3.5v9" />,
  play: <path d="M5.25 3.5v9L12.5 8z" />,
  stop: <rect x="4.25" y="4.25" width="7.5" height="7.5" rx="1.25" fill="currentColor" stroke="none" />,
  square: <rect x="3.75" y="3.75" width="8.5" height="8.5" rx="1.5" />,
  say: <path d="M2.5 3.5h11v7.5H7l-3 2.5V11H2.5z" />,
  file: <path d="M4 2.5h5l3 3v8H4zM9 2.5v3h3" />,
  pane: (
    <>
      <rect x="2.25" y="3" width="11.5" height="10" rx="2" />
      <path d="M9.5 3v10" />
    </>
  ),
  output: (
    <>
      <rect x="2" y="3" width="12" height="10" rx="2" />
      <path d="m5 6.5 1.75 1.5L5 9.5M8.5 10h2.5" />
    </>
  ),
  clock: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 5v3.25l2 1.25" />
    </>
  ),
  keys: (
    <>
      <rect x="1.75" y="4" width="12.5" height="8" rx="1.75" />
      <path d="M4.5 6.75h.01M7 6.75h.01M9.5 6.75h.01M12 6.75h.01M5 9.5h6" />
    </>
  ),
  land: <path d="M8 2.75v7M4.75 6.75 8 10l3.25-3.25M3 13.25h10" />,
  check: <path d="m3.25 8.5 3.1 3.1 6.4-7.2" />,
  again: <path d="M12.75 8A4.75 4.75 0 1 1 11 4.3M12.75 2.5v3h-3" />,
} as const satisfies Record<string, ReactNode>;

export type IconName = keyof typeof PATHS;

/** A line drawing; the words beside it are what is read out. */
export function Icon({ name, className }: { name: IconName; className?: string | undefined }) {
  return (
    <svg className={className ? `i ${className}` : "i"} viewBox="0 0 16 16" aria-hidden="true">
      {PATHS[name]}
    </svg>
  );
}

/** The app's mark: one stroke. */
export function Mark({ weight = 2.35, className }: { weight?: number; className?: string | undefined }) {
  return (
    <svg
      className={className}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={weight}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d="M19 20.5 8.3 9.2C6.1 6.9 7.2 3.4 10.5 3.4c3.1 0 4.4 3.2 2.5 5.2C11.3 10.4 5.4 11.2 5.4 15.8c0 2.9 2.3 4.8 5.2 4.8 4.3 0 7.2-3.2 7.9-7.6" />
    </svg>
  );
}
