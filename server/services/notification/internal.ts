// For other verbs: nothing here asks whether the caller may.
export { happenedTo, type NamedEvent, namedEvents, subjectOf } from "./named";
export { askForChecks, tellEnd, tellStalled } from "./of-runs";
export { tell } from "./tell";
