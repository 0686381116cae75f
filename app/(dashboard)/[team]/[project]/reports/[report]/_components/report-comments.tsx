"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Comments } from "@/app/_components/comments";
import { useTRPC } from "@/app/_trpc/client";

export function ReportComments({ team, id }: { team: string; id: string }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.report.comments.queryOptions({ team, id });
  const { data: comments } = useQuery(options);
  const add = useMutation(
    trpc.report.comment.mutationOptions({
      onSuccess: () => void client.invalidateQueries({ queryKey: options.queryKey }),
    }),
  );
  return (
    <Comments
      comments={comments ?? []}
      pending={add.isPending}
      error={add.error?.message}
      onAdd={(body, done) => add.mutate({ team, comment: { id, body } }, { onSuccess: done })}
    />
  );
}
