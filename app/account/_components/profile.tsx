"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { TextField } from "@/app/_components/fields";
import { ErrorNote, Panel } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";

export function Profile({ name, email, isProven }: { name: string; email: string; isProven: boolean }) {
  const [text, setText] = useState(name);
  const router = useRouter();
  const save = useMutation(useTRPC().account.update.mutationOptions({ onSuccess: () => router.refresh() }));
  return (
    <Panel title="Profile" note="others read the name beside what you do">
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(e) => {
          e.preventDefault();
          save.mutate({ account: { name: text } });
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
        <button
          type="submit"
          className="button"
          disabled={save.isPending || text.trim() === name || text.trim() === ""}
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
