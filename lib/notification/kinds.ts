/** What can be watched. */
export const SUBJECT_KINDS = ["project", "sweep", "run", "recommendation"] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

/** Every kind of event that somebody is told of. */
export const NOTIFICATION_KINDS = [
  "run-failed",
  "run-stalled",
  "run-diverged",
  "run-alert",
  "metric-crossed",
  "sweep-finished",
  "optimum-at-edge",
  "law-moved",
  "rate-outside-plateau",
  "published",
  "superseded",
  "withdrawn",
  "commented",
] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** The kinds as people choose among them. */
export const shownKinds: readonly (readonly [kind: NotificationKind, name: string])[] = [
  ["run-failed", "a run failed"],
  ["run-stalled", "a run stalled"],
  ["run-diverged", "a run diverged"],
  ["run-alert", "a program’s alert"],
  ["metric-crossed", "a metric crossed a bound"],
  ["sweep-finished", "a sweep finished"],
  ["optimum-at-edge", "an optimum at the edge of its grid"],
  ["law-moved", "a law moved beyond its published interval"],
  ["rate-outside-plateau", "a run’s rate outside the published plateau"],
  ["published", "a recommendation was published"],
  ["superseded", "a recommendation was superseded"],
  ["withdrawn", "a recommendation was withdrawn"],
  ["commented", "a recommendation was commented on"],
];
