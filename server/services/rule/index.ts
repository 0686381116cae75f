export { createMetricRule, createMetricRuleInput } from "./create";
export { listMetricRules } from "./list";
export { removeMetricRule } from "./remove";
export { startRules } from "./start";
