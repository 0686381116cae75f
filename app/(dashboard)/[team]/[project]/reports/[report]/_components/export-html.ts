/** Downloads the rendered report as one HTML file that needs nothing else: charts become pictures, styles go along. */
export function saveAsHtml(title: string, page: HTMLElement): void {
  const copy = page.cloneNode(true) as HTMLElement;
  const canvases = [...page.querySelectorAll("canvas")];
  copy.querySelectorAll("canvas").forEach((canvas, i) => {
    const image = document.createElement("img");
    image.src = canvases[i]!.toDataURL("image/png");
    image.alt = canvas.closest("figure")?.querySelector("h2")?.textContent ?? "chart";
    image.style.maxWidth = "100%";
    canvas.replaceWith(image);
  });
  for (const link of copy.querySelectorAll("a"))
    link.setAttribute("href", new URL(link.getAttribute("href") ?? "", location.href).href);
  // What only works in the product: buttons, choices, scripts.
  for (const dead of copy.querySelectorAll("button, select, input, script")) dead.remove();
  const file = new Blob([documentOf(title, copy.outerHTML)], { type: "text/html" });
  const a = document.createElement("a");
  a.href = URL.createObjectURL(file);
  a.download = `${
    title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "") || "report"
  }.html`;
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 10_000);
}

function documentOf(title: string, body: string): string {
  const styles = [...document.styleSheets].flatMap((sheet) => {
    try {
      return [...sheet.cssRules].map((rule) => rule.cssText);
    } catch {
      return []; // another origin's sheet may not be read
    }
  });
  const safe = title.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);
  const theme = document.documentElement.dataset.theme ?? "light";
  return `<!doctype html>
<html lang="en" data-theme="${theme}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${safe}</title><style>${styles.join("\n").replaceAll("</style", "<\\/style")}</style></head>
<body><main style="margin:0 auto;max-width:900px;padding:24px"><h1>${safe}</h1>${body}</main></body></html>
`;
}
