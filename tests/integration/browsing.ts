import { authentication, begin } from "@/server/http/sign-in";

const MOST_REDIRECTS = 12;

/**
 * Goes where a browser would be sent, with the cookies that it would send: this server's routes in this process, any
 * other by HTTP. All hosts here are one, and cookies know no port.
 */
export class Browsing {
  readonly cookies = new Map<string, string>();

  constructor(
    readonly origin: string,
    readonly headers: Record<string, string> = {},
  ) {}

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** To where no redirect leads on, or `stop` says so before it is asked for. */
  async goTo(
    address: string,
    { form, stop = () => false }: { form?: Record<string, string>; stop?: (url: URL) => boolean } = {},
  ): Promise<{ url: URL; status: number; text: string }> {
    let url = new URL(address, this.origin);
    let body = form && new URLSearchParams(form);
    for (let i = 0; i < MOST_REDIRECTS; i++) {
      if (stop(url) || (url.origin === this.origin && !url.pathname.startsWith("/api/")))
        return { url, status: 0, text: "" };
      const response = await this.ask(url, body);
      const to = response.headers.get("location");
      if (!to) return { url, status: response.status, text: await response.text() };
      [url, body] = [new URL(to, url), undefined];
    }
    throw new Error(`redirected for ever, at last to ${url}`);
  }

  async ask(url: URL, body?: URLSearchParams): Promise<Response> {
    const headers = { ...this.headers, ...(this.cookies.size > 0 && { cookie: this.cookie }) };
    const request = new Request(url, { method: body ? "POST" : "GET", body, headers, redirect: "manual" });
    const isOwn = url.origin === this.origin;
    const own = url.pathname === "/api/sign-in/with" ? begin : authentication;
    const response = isOwn ? await own(request) : await fetch(request);
    for (const line of response.headers.getSetCookie()) this.keep(line);
    return response;
  }

  private keep(line: string): void {
    const [pair = "", ...attributes] = line.split("; ");
    const at = pair.indexOf("=");
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    const isOver = attributes.some((a) => /^max-age=0$/i.test(a)) || value === "";
    if (isOver) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
