"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Choice, TextField } from "@/app/_components/fields";
import { ErrorNote, Panel } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";

interface Props {
  name: string;
  timeZone: string;
  /** Those there are. */
  zones: string[];
  email: string;
  isProven: boolean;
}

export function Profile({ name, timeZone, zones, email, isProven }: Props) {
  const [text, setText] = useState(name);
  const [zone, setZone] = useState(timeZone);
  const router = useRouter();
  const save = useMutation(useTRPC().account.update.mutationOptions({ onSuccess: () => router.refresh() }));
  return (
    <Panel title="Profile" note="others read the name beside what you do">
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(e) => {
          e.preventDefault();
          save.mutate({ account: { name: text, timeZone: zone } });
        }}
      >
        <TextField
          name="Name"
          className="min-w-52 flex-1 sm:max-w-md"
          value={text}
          required
          maxLength={100}
          autoComplete="name"
          onChange={setText}
        />
        <Choice
          name="Time zone"
          value={zone}
          options={zones.map((z) => [z, z.replaceAll("_", " ")] as const)}
          onChange={setZone}
        />
        <button
          type="submit"
          className="button"
          disabled={save.isPending || (text.trim() === name && zone === timeZone) || text.trim() === ""}
        >
          Save
        </button>
      </form>
      {save.error && <ErrorNote>{save.error.message}</ErrorNote>}
      <p className="mt-3 text-xs text-muted">
        {email}:{" "}
        {isProven
          ? "proven to be yours."
          : "not proven to be yours yet, by a mail that was used or by single sign-on. Whoever runs the server can change it: npx etalon member address."}
      </p>
    </Panel>
  );
}
