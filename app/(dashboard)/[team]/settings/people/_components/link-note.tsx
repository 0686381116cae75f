import { Copy } from "@/app/_components/copy";

export interface Link {
  email: string;
  address: string;
}

/** A link that its maker gives on. */
export function LinkNote({ link, children }: { link: Link; children: string }) {
  return (
    <div role="status" className="mt-3 rounded border border-finished px-3 py-2">
      <p>
        Give this link to {link.email}. {children} <Copy text={link.address} label="Copy the link" />
      </p>
      <p className="mt-1 font-mono text-xs break-all">{link.address}</p>
    </div>
  );
}
