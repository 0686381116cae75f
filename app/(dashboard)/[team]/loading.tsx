import { Skeleton } from "@/app/_components/page";

export default function Loading() {
  return (
    <div className="space-y-4">
      <Skeleton height={48} />
      <Skeleton height={320} />
    </div>
  );
}
