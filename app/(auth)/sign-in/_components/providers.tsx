"use client";

import { useRememberedPath } from "./remembered-path";

/** A button for each that vouches for people here; whoever comes back stands where she wanted to. */
export function Providers({ providers, from }: { providers: { id: string; name: string }[]; from?: string }) {
  const remembered = useRememberedPath();
  const href = (provider: string) => `/api/sign-in/with?${new URLSearchParams({ provider, from: from ?? remembered })}`;
  return (
    <ul className="mt-4 space-y-2">
      {providers.map(({ id, name }) => (
        <li key={id}>
          <a className="button button-primary w-full justify-center" href={href(id)}>
            Sign in with {name}
          </a>
        </li>
      ))}
    </ul>
  );
}
