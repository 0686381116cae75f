/** What should make a reader hesitate, each with its mark. */
export function WarningList({ messages }: { messages: readonly string[] }) {
  return (
    <ul className="space-y-2 text-[13px]">
      {messages.map((message) => (
        <li key={message}>
          <span aria-hidden className="text-diverged">
            ▲{" "}
          </span>
          {message}
        </li>
      ))}
    </ul>
  );
}
