import Link from "next/link";

export default function NotFound() {
  return (
    <main className="mx-auto max-w-xl p-10">
      <h1>Nothing is here</h1>
      <p className="mt-2 text-muted">
        The address may be mistyped, what it named may have been deleted, or it belongs to a team that you are not in.
      </p>
      <p className="mt-4">
        <Link className="link" href="/">
          To your team's projects
        </Link>
      </p>
    </main>
  );
}
