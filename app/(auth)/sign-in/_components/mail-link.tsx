/** Asks for a one-time link by mail. */
export function MailLink() {
  return (
    <form method="post" action="/api/sign-in/mail" className="mt-4 flex flex-wrap items-end gap-3">
      <div className="min-w-52 flex-1">
        <label className="label" htmlFor="sign-in-email">
          E-mail
        </label>
        <input
          id="sign-in-email"
          name="email"
          type="email"
          required
          maxLength={320}
          autoComplete="email"
          className="field w-full"
        />
      </div>
      <button type="submit" className="button button-primary">
        Mail me a link
      </button>
    </form>
  );
}
