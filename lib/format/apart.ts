const MOST_DIGITS = 17;

/**
 * Names for values that stand side by side: those that would read alike get more digits, as many as tell them apart
 * (1,000,100 and 1,000,400 are 1.0001M and 1.0004M beside each other, either is 1M alone). `name` takes the digits.
 */
export function apart<T extends number | string>(
  values: Iterable<T>,
  name: (value: T, digits?: number) => string,
): (value: T) => string {
  const alike = new Map<string, T[]>();
  for (const value of new Set(values)) alike.set(name(value), [...(alike.get(name(value)) ?? []), value]);
  const names = new Map([...alike.values()].flatMap((group) => (group.length > 1 ? longer(group, name) : [])));
  return (value) => names.get(value) ?? name(value);
}

function longer<T extends number | string>(group: T[], name: (value: T, digits?: number) => string): [T, string][] {
  for (let digits = 2; digits <= MOST_DIGITS; digits++) {
    const longerNames = group.map((value): [T, string] => [value, name(value, digits)]);
    if (new Set(longerNames.map(([, text]) => text)).size === group.length) return longerNames;
  }
  return group.map((value) => [value, `${name(value)} (${value})`]);
}
