import { Code, Panel } from "@/app/_components/page";
import type { Outputs } from "@/app/_trpc/outputs";

type SignIn = Outputs["team"]["signIn"];

/** Every way to sign in, and what would turn it on. */
export function Ways({ signIn: { providers, sendsMail } }: { signIn: SignIn }) {
  return (
    <Panel title="Ways to sign in">
      <ul className="divide-y divide-line">
        {providers.map(({ id, kind, name, variables }) => (
          <Way key={id} name={kind} state={name === null ? "off" : `on, as “${name}”`} variables={variables} />
        ))}
        <Way name="Link by mail" state={sendsMail ? "on" : "off"} variables={["SMTP_URL", "MAIL_FROM"]} />
        <Way name="Link to copy" state="on" variables={[]} />
      </ul>
    </Panel>
  );
}

function Way({ name, state, variables }: { name: string; state: string; variables: string[] }) {
  return (
    <li className="flex flex-wrap items-center gap-x-6 gap-y-1 py-2">
      <span className="w-36">{name}</span>
      <span className={`min-w-36 ${state === "off" ? "text-muted" : ""}`}>{state}</span>
      <span className="flex flex-wrap gap-1">
        {variables.length === 0 && <span className="text-xs text-muted">always</span>}
        {variables.map((variable) => (
          <Code key={variable}>{variable}</Code>
        ))}
      </span>
    </li>
  );
}

export function WhoIsLetIn({ signIn: { domains } }: { signIn: SignIn }) {
  return (
    <Panel title="Who gets an account without an invitation">
      {domains.length === 0 ? (
        <p className="text-muted">
          Nobody. With <Code>SIGN_IN_DOMAINS=example.org</Code> everybody whose verified address ends with it gets one
          by signing in, and is in the teams that rules give her.
        </p>
      ) : (
        <>
          <p className="text-muted">Who signs in by single sign-on with a verified address of</p>
          <ul className="mt-2 list-inside list-disc">
            {domains.map((domain) => (
              <li key={domain} className="break-all">
                {domain}
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

/** Rules that name this team. */
export function Roles({ signIn: { roles } }: { signIn: SignIn }) {
  return (
    <Panel title="Roles by claims" note="OpenID Connect">
      {roles.length === 0 ? (
        <p className="text-muted">
          No rule names this team: people make its members. With <Code>OIDC_ROLES=groups=ml:team:viewer</Code> (claim,
          value, address of the team, role) claims make members and say their role at each sign-in.
        </p>
      ) : (
        <div className="overflow-x-auto">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Claim</th>
                <th scope="col">Value</th>
                <th scope="col">Role</th>
              </tr>
            </thead>
            <tbody>
              {roles.map(({ claim, value, role }) => (
                <tr key={`${claim}=${value}:${role}`}>
                  <td className="break-all">{claim}</td>
                  <td className="break-all">{value}</td>
                  <td>{role}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
